import type { JobService } from '../../activities/job-activities.ts';
import { DEFAULT_POOL } from '../../contract/task-queue.ts';
import { type Configured, keyOf, tableOf } from './configured.ts';
import { createServices, type ServicesSetup } from './services.ts';

/** The accounts of a worker. */
export type Accounts = ReturnType<typeof createAccounts>;

const PRUNE_EVERY_MS = 60_000;

/**
 * The accounts of a worker. Nothing is made for an account before its first poll, because there may be thousands.
 * @throws RangeError that names accounts of unknown providers; ProviderError if an account cannot be opened
 */
export function createAccounts(configured: Configured, setup: Omit<ServicesSetup, 'find' | 'budgetOf'>) {
  const table = tableOf(configured, setup.providers);
  const services = createServices({
    ...setup,
    find: async (account) => table.served.get(keyOf(account)) ?? null,
    budgetOf: (key) => table.served.get(key)?.requestsPerMinute ?? null,
  });
  const pruning = setInterval(services.prune, PRUNE_EVERY_MS).unref();
  return {
    /** @returns the account as activities call it; undefined: this worker does not serve it */
    serviceOf: async (provider: string, name: string): Promise<JobService | undefined> => {
      const account = { provider, name };
      return table.served.has(keyOf(account)) ? services.behind(account) : undefined;
    },
    /** @returns where the jobs of an account go. An account that this worker does not know: pool `shared`, no budget */
    routeOf: async (provider: string, name: string): Promise<{ pool: string; requestsPerMinute: number | null }> => {
      const key = keyOf({ provider, name });
      const { pool = DEFAULT_POOL, requestsPerMinute = null } = table.served.get(key) ?? table.known.get(key) ?? {};
      return { pool, requestsPerMinute };
    },
    /** The limiters of the accounts that were polled lately. */
    limiters: services.limiters,
    close: (): void => {
      clearInterval(pruning);
      services.close();
    },
  };
}
