import type { KnownAccount } from '../../config/account.ts';
import { DEFAULT_POOL } from '../../contract/task-queue.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Log } from '../log.ts';
import { type AccountFunction, createAskedAccounts, type Found } from './asked.ts';
import { type Configured, differenceOf, keyOf, tableOf } from './configured.ts';

interface LookupSetup {
  readonly providers: readonly Provider[];
  /** null: there is none. */
  readonly ask: AccountFunction | null;
  /** Is called with the pool of an account that can be served, also if the pool is known. */
  readonly onPool: (pool: string) => void;
  readonly now: () => number;
  readonly log: Log;
}

/** Finds accounts: first in the configuration, then by the function. @throws as `tableOf` */
export function createLookup(configured: Configured, { ask, onPool, ...setup }: LookupSetup) {
  let table = tableOf(configured, setup.providers);
  const asked = ask === null ? null : createAskedAccounts({ ...setup, ask });
  return {
    find: async (name: Pick<KnownAccount, 'provider' | 'name'>): Promise<Found> => {
      const key = keyOf(name);
      const served = table.served.get(key);
      if (served !== undefined) return { is: 'served', account: served };
      const known = table.known.get(key);
      if (known !== undefined) return { is: 'known', account: known };
      const found: Found = (await asked?.find(name)) ?? { is: 'unknown' };
      if (found.is === 'served') onPool(found.account.pool);
      return found;
    },
    /** @returns the account as it is known now; null: it is not */
    last: (key: string): KnownAccount | null =>
      table.served.get(key) ?? table.known.get(key) ?? asked?.last(key) ?? null,
    /** Uses other configured accounts from now on. @returns what is different @throws as `tableOf`; then nothing has changed */
    replace: (changed: Configured): string => {
      const next = tableOf(changed, setup.providers);
      const difference = differenceOf(table, next);
      table = next;
      table.pools.forEach((pool) => onPool(pool));
      return difference;
    },
    /** @returns the pools of the accounts that the configuration gives a credential for; the default pool too, if others may come */
    pools: (): readonly string[] =>
      asked !== null || table.pools.length === 0 ? [...new Set([...table.pools, DEFAULT_POOL])] : table.pools,
    /** @returns the providers of the accounts; with a function all that this worker knows */
    providers: (): readonly string[] =>
      asked === null ? table.providers : setup.providers.map(({ traits }) => traits.name),
    /** @returns whether no account can be served */
    isEmpty: (): boolean => table.served.size === 0 && asked === null,
    /** @returns why the function fails; null: it does not */
    trouble: (): string | null => asked?.trouble() ?? null,
    prune: (): void => asked?.prune(),
  };
}
