import type { Account } from '../config/accounts.ts';
import { createAccountLimiter, type LimiterSetup } from '../activities/account-limiter.ts';
import type { JobService } from '../activities/job-activities.ts';
import { type AccountOptions, openAccount } from '../providers/account.ts';
import type { Provider } from '../providers/provider.ts';

/** The opened accounts of a worker. */
export type Accounts = ReturnType<typeof openAccounts>;

type AccountsSetup = Omit<LimiterSetup, 'requestsPerMinute'> &
  Pick<AccountOptions, 'proxyFor' | 'timeouts'> & { readonly warn: (message: string) => void };

/**
 * Opens every configured account at its provider.
 * @throws RangeError that names all accounts of unknown providers; ProviderError if an account cannot be opened
 */
export function openAccounts(
  providers: readonly Provider[],
  accounts: readonly Account[],
  { warn, proxyFor, timeouts, ...setup }: AccountsSetup,
) {
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
      const key = `${account.provider}/${account.name}`;
      const provider = providers.find(({ traits }) => traits.name === account.provider) as Provider;
      const limiter = createAccountLimiter({ ...setup, requestsPerMinute: account.requestsPerMinute });
      const onStaleCredential = (trouble: string | null): void =>
        warn(
          trouble === null
            ? `${key}: the credential is read again`
            : `${trouble}; until then the last good credential is sent`,
        );
      const { quotaUsedUp: onQuotaUsedUp } = limiter;
      const service = openAccount(provider, account, { onQuotaUsedUp, onStaleCredential, proxyFor, timeouts });
      return [key, { account, service: { ...service, limiter } }] as const;
    }),
  );
  return {
    serviceOf: (provider: string, account: string): JobService | undefined =>
      opened.get(`${provider}/${account}`)?.service,
    limiters: () => [...opened.values()].map(({ account, service }) => ({ account, limiter: service.limiter })),
    close: (): void => {
      for (const { service } of opened.values()) service.close();
    },
  };
}
