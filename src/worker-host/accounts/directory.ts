import type { AccountFiles } from '../../config/account-refresh.ts';
import { TOKEN_VARIABLES } from '../../config/account-settings.ts';
import type { JobService } from '../../activities/job-activities.ts';
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
  /** The pools that this worker polls. */
  readonly pools: readonly string[];
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
  const lookup = createLookup(configured, { ...setup, ask });
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
    /**
     * @returns the account as activities call it; undefined: this worker does not serve it. If the function that gives it fails, its calls
     * fail
     */
    serviceOf: async (provider: string, name: string): Promise<JobService | undefined> => {
      const found = await find({ provider, name });
      return found.is === 'served' || found.is === 'unavailable' ? services.behind({ provider, name }) : undefined;
    },
    /** @returns where the jobs of an account go; null: this worker does not know the account */
    routeOf: async (provider: string, name: string): Promise<Route | null> => {
      const found = await find({ provider, name });
      if (!('account' in found)) return null;
      const { pool, requestsPerMinute } = found.account;
      return { pool, requestsPerMinute };
    },
    /** The limiters of the accounts that were polled lately. */
    limiters: services.limiters,
    providers: lookup.providers,
    /** Problems with which the worker still serves. */
    warnings: (): string[] =>
      [reload?.trouble(), lookup.trouble(), unpolled(lookup, setup.pools), lookup.isEmpty() ? NO_ACCOUNT : null].filter(
        (one) => typeof one === 'string',
      ),
    close: (): void => {
      clearInterval(pruning);
      reload?.stop();
      services.close();
    },
  };
}

const NO_ACCOUNT = `serves no account: it plans jobs, and polls none; set ${TOKEN_VARIABLES.join(', ')} or JOBTRACK_ACCOUNTS`;

/** A worker polls the pools of the accounts that it had at its start. */
function unpolled(lookup: ReturnType<typeof createLookup>, polled: readonly string[]): string | null {
  const others = lookup.pools().filter((pool) => !polled.includes(pool));
  if (others.length === 0) return null;
  const names = others.slice(0, MAX_NAMED).join(', ');
  return `has accounts of pools that it did not have at its start (${names}), and does not poll them: start it again`;
}

const MAX_NAMED = 20;
