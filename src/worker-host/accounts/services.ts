import type { Account, KnownAccount } from '../../config/account.ts';
import { type AccountLimiter, createAccountLimiter, type LimiterSetup } from '../../activities/account-limiter.ts';
import { createDurationStatistics, type DurationStatistics } from '../../activities/duration-statistics.ts';
import type { JobService } from '../../activities/job-activities.ts';
import { ConfigError } from '../../config/index.ts';
import { ProviderError } from '../../contract/failure.ts';
import type { Budgeted, Share } from '../../polling/share.ts';
import { openAccount, type OpenAccount } from '../../providers/account.ts';
import {
  type ConnectionOptions,
  type ConnectionPool,
  createConnectionPool,
} from '../../providers/http/connection-pool.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Found } from './asked.ts';
import { keyOf } from './configured.ts';
import { createStates } from './states.ts';

/** The names of an account. */
export type AccountName = Pick<KnownAccount, 'provider' | 'name'>;

export interface ServicesSetup extends Pick<LimiterSetup, 'holdMs' | 'now' | 'random'>, ConnectionOptions {
  readonly providers: readonly Provider[];
  readonly warn: (message: string) => void;
  readonly find: (account: AccountName) => Promise<Found>;
  /** @returns the account's present budget; null: none */
  readonly budgetOf: (key: string) => number | null;
  /** @returns what this worker may use of the account's budget now */
  readonly shareOf: (account: Budgeted) => Share;
}

/** What a worker keeps of an account that it polls. */
interface AccountState {
  readonly limiter: AccountLimiter;
  readonly durations: DurationStatistics;
  /** The account as it was opened last; null: not opened yet. */
  opened: { readonly account: Account; readonly service: OpenAccount } | null;
}

/** The services behind the accounts. Each call uses the account as it is then. The limiter stays, whatever changes. */
export function createServices(setup: ServicesSetup) {
  const pool = createConnectionPool(setup);
  const states = createStates<AccountState>({
    now: setup.now,
    make: (key) => {
      const { holdMs, now, random } = setup;
      const budget = (): number | null => setup.budgetOf(key);
      const shareOf = (requestsPerMinute: number): Share => setup.shareOf({ key, budget: requestsPerMinute });
      const limiter = createAccountLimiter({ holdMs, now, random, budget, shareOf });
      return { limiter, durations: createDurationStatistics(), opened: null };
    },
    drop: ({ opened }) => opened?.service.close(),
  });
  const calling = <Value>(account: AccountName, call: (service: OpenAccount) => Promise<Value>): Promise<Value> =>
    states.during(keyOf(account), async (state) => call(await openedIn(state, account, { ...setup, pool })));
  return {
    behind: (account: AccountName): JobService => ({
      // Read at each call, because a state that was dropped is made again.
      get limiter() {
        return states.of(keyOf(account)).limiter;
      },
      get durations() {
        return states.of(keyOf(account)).durations;
      },
      poll: (...call) => calling(account, (service) => service.poll(...call)),
      cancel: (...call) => calling(account, (service) => service.cancel(...call)),
    }),
    limiters: () =>
      states.all().map(([key, { limiter }]) => {
        const [provider = '', account = ''] = key.split('/');
        return { provider, account, limiter };
      }),
    prune: states.prune,
    close: (): void => {
      states.close();
      pool.close();
    },
  };
}

async function openedIn(
  state: AccountState,
  name: AccountName,
  setup: ServicesSetup & { pool: ConnectionPool },
): Promise<OpenAccount> {
  const found = await setup.find(name);
  if (found.is !== 'served') throw unserved(name, found);
  const { account } = found;
  if (state.opened?.account === account) return state.opened.service;
  const { warn, pool } = setup;
  const { quotaUsedUp: onQuotaUsedUp } = state.limiter;
  const onStaleCredential = (trouble: string | null): void =>
    warn(
      trouble === null
        ? `${keyOf(account)}: the credential is read again`
        : `${trouble}; until then the last good credential is sent`,
    );
  const provider = setup.providers.find(({ traits }) => traits.name === account.provider) as Provider;
  const service = openedAt(provider, account, { onQuotaUsedUp, onStaleCredential, pool });
  state.opened?.service.close();
  state.opened = { account, service };
  return service;
}

/** @throws ProviderError */
function openedAt(...[provider, account, options]: Parameters<typeof openAccount>): OpenAccount {
  try {
    return openAccount(provider, account, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const why = error.problems.map(({ variable, problem }) => `${variable} ${problem}`).join('; ');
    throw new ProviderError(
      'unavailable',
      `${provider.traits.name}: account "${account.name}" cannot be reached: ${why}`,
    );
  }
}

/** The kind is always `unavailable`: the account may come again, and no job ends by it. */
function unserved({ provider, name }: AccountName, found: Exclude<Found, { is: 'served' }>): ProviderError {
  const why =
    found.is === 'unavailable'
      ? `cannot be looked up: ${found.problem}`
      : found.is === 'known'
        ? `is served by the workers of pool ${found.account.pool} now`
        : 'is not known to this worker any more';
  return new ProviderError('unavailable', `${provider}: account "${name}" ${why}`);
}
