import type { KnownAccount } from '../../config/account.ts';
import type { AccountFiles } from '../../config/account-refresh.ts';
import { TOKEN_VARIABLES } from '../../config/account-settings.ts';
import type { FoundAccount } from '../../activities/job-activities.ts';
import { DEFAULT_ACCOUNT } from '../../contract/job-id.ts';
import type { JobRef } from '../../contract/job.ts';
import { DEFAULT_POOL, type Route } from '../../contract/task-queue.ts';
import type { Log } from '../log.ts';
import type { PoolWorkers } from '../pool-workers.ts';
import type { AccountFunction } from './asked.ts';
import type { Configured } from './configured.ts';
import { createLookup } from './lookup.ts';
import { reloadAccounts } from './reload.ts';
import { createServices, type ServicesSetup } from './services.ts';

/** The accounts of a worker. */
export type Accounts = ReturnType<typeof createAccounts>;

interface AccountsSetup
  extends Omit<ServicesSetup, 'find' | 'budgetOf' | 'shareOf' | 'warn'>, Pick<PoolWorkers, 'shareOf'> {
  /** Default: none. */
  readonly ask?: AccountFunction | undefined;
  readonly log: Log;
}

const PRUNE_EVERY_MS = 60_000;

/**
 * The accounts of a worker. Nothing is made for an account before its first poll, because there may be thousands. If the configuration
 * has files of accounts, their changes are taken up until the accounts are closed.
 * @throws RangeError that names accounts of unknown providers; ProviderError if an account cannot be opened
 */
export function createAccounts(configured: Configured & { accountFiles?: AccountFiles }, setup: AccountsSetup) {
  const { log, ask = null } = setup;
  let onPool: (pool: string) => void = () => undefined;
  const lookup = createLookup(configured, { ...setup, ask, onPool: (pool) => onPool(pool) });
  const { find, replace } = lookup;
  const services = createServices({
    ...setup,
    warn: log.warn,
    find,
    budgetOf: (key) => lookup.last(key)?.requestsPerMinute ?? null,
    shareOf: (account) => setup.shareOf(lookup.last(account.key)?.pool ?? DEFAULT_POOL, account),
  });
  const { accountFiles: files } = configured;
  const reload = files === undefined ? null : reloadAccounts({ files, replace, log });
  const pruning = setInterval(() => (services.prune(), lookup.prune()), PRUNE_EVERY_MS).unref();
  return {
    /** If the function that gives the account fails, the calls of its service fail. */
    accountOf: async ({ provider, account: name = DEFAULT_ACCOUNT }: JobRef): Promise<FoundAccount> => {
      const found = await find({ provider, name });
      const isServed = found.is === 'served' || found.is === 'unavailable';
      const service = isServed ? services.behind({ provider, name }) : null;
      return { service, route: 'account' in found ? routeOf(found.account) : null };
    },
    /** The limiters of the accounts that were polled lately. */
    limiters: services.limiters,
    providers: lookup.providers,
    /** @returns the pools of the accounts that this worker has a credential for */
    pools: lookup.pools,
    /** From now on, `listen` is called with each pool of which this worker has a credential, more than once. */
    onPool: (listen: (pool: string) => void): void => void (onPool = listen),
    /** Problems with which the worker still serves. */
    warnings: (): string[] =>
      [reload?.trouble(), lookup.trouble(), lookup.isEmpty() ? NO_ACCOUNT : null].filter(
        (one) => typeof one === 'string',
      ),
    close: (): void => {
      clearInterval(pruning);
      reload?.stop();
      services.close();
    },
  };
}

function routeOf({ pool, requestsPerMinute }: KnownAccount): Route {
  return { pool, requestsPerMinute };
}

const NO_ACCOUNT = `serves no account: it plans jobs, and polls none; set ${TOKEN_VARIABLES.join(', ')} or JOBTRACK_ACCOUNTS`;
