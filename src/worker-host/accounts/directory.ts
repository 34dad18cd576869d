import type { JobService } from '../../activities/job-activities.ts';
import { DEFAULT_POOL, type Route } from '../../contract/task-queue.ts';
import type { PoolWorkers } from '../pool-workers.ts';
import { type Configured, keyOf, tableOf } from './configured.ts';
import { createServices, type ServicesSetup } from './services.ts';

/** The accounts of a worker. */
export type Accounts = ReturnType<typeof createAccounts>;

const PRUNE_EVERY_MS = 60_000;

type AccountsSetup = Omit<ServicesSetup, 'find' | 'budgetOf' | 'shareOf'> & Pick<PoolWorkers, 'shareOf'>;

/**
 * The accounts of a worker. Nothing is made for an account before its first poll, because there may be thousands.
 * @throws RangeError that names accounts of unknown providers; ProviderError if an account cannot be opened
 */
export function createAccounts(configured: Configured, { shareOf, ...setup }: AccountsSetup) {
  const table = tableOf(configured, setup.providers);
  const services = createServices({
    ...setup,
    find: async (account) => table.served.get(keyOf(account)) ?? null,
    budgetOf: (key) => table.served.get(key)?.requestsPerMinute ?? null,
    shareOf: (account) => shareOf(table.served.get(account.key)?.pool ?? DEFAULT_POOL, account),
  });
  const pruning = setInterval(services.prune, PRUNE_EVERY_MS).unref();
  return {
    /** @returns the account as activities call it; undefined: this worker does not serve it */
    serviceOf: async (provider: string, name: string): Promise<JobService | undefined> => {
      const account = { provider, name };
      return table.served.has(keyOf(account)) ? services.behind(account) : undefined;
    },
    /** @returns where the jobs of an account go; null: this worker does not know the account */
    routeOf: async (provider: string, name: string): Promise<Route | null> => {
      const key = keyOf({ provider, name });
      const account = table.served.get(key) ?? table.known.get(key);
      return account === undefined ? null : { pool: account.pool, requestsPerMinute: account.requestsPerMinute };
    },
    /** The limiters of the accounts that were polled lately. */
    limiters: services.limiters,
    close: (): void => {
      clearInterval(pruning);
      services.close();
    },
  };
}
