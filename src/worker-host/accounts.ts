import type { Account } from '../config/account.ts';
import type { ProxyFor } from '../config/proxy.ts';
import { type AccountLimiter, createAccountLimiter, type LimiterSetup } from '../activities/account-limiter.ts';
import type { ActivityContext } from '../activities/job-activities.ts';
import { openAccount } from '../providers/account.ts';
import type { Timeouts } from '../providers/http/exchange.ts';
import type { Provider } from '../providers/provider.ts';

/** The opened accounts of a worker. */
export interface Accounts extends Pick<ActivityContext, 'serviceOf'> {
  limiters(): { account: Account; limiter: AccountLimiter }[];
  close(): void;
}

interface AccountsSetup extends Omit<LimiterSetup, 'requestsPerMinute'> {
  readonly warn: (message: string) => void;
  readonly proxyFor?: ProxyFor | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
}

/**
 * Opens every configured account at its provider.
 * @throws RangeError that names all accounts of unknown providers; ProviderError if an account cannot be opened
 */
export function openAccounts(
  providers: readonly Provider[],
  accounts: readonly Account[],
  { warn, proxyFor, timeouts = {}, ...setup }: AccountsSetup,
): Accounts {
  const unknown = accounts.filter(({ provider }) => !providers.some(({ traits }) => traits.name === provider));
  if (unknown.length > 0) {
    const names = unknown.map(({ provider, name }) => `${name} (provider ${provider})`);
    const known = providers.map(({ traits }) => traits.name);
    throw new RangeError(
      `accounts of providers that this worker does not know: ${names.join(', ')}; known are ${known.join(', ')}`,
    );
  }
  const opened = new Map(
    accounts.map((account) => {
      const provider = providers.find(({ traits }) => traits.name === account.provider) as Provider;
      const limiter = createAccountLimiter({ ...setup, requestsPerMinute: account.requestsPerMinute });
      const onStaleCredential = (trouble: string | null): void =>
        warn(
          trouble === null ? `${account.provider}/${account.name}: the credential is read again` : staleText(trouble),
        );
      const service = openAccount(provider, account, {
        onQuotaUsedUp: limiter.quotaUsedUp,
        onStaleCredential,
        proxyFor,
        timeouts,
      });
      return [keyOf(account.provider, account.name), { account, service: { ...service, limiter } }] as const;
    }),
  );
  return {
    serviceOf: (provider, account) => opened.get(keyOf(provider, account))?.service,
    limiters: () => [...opened.values()].map(({ account, service }) => ({ account, limiter: service.limiter })),
    close: () => {
      for (const { service } of opened.values()) service.close();
    },
  };
}

function staleText(trouble: string): string {
  return `${trouble}; until then the last good credential is sent`;
}

function keyOf(provider: string, account: string): string {
  return `${provider}/${account}`;
}
