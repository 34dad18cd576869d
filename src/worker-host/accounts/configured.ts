import type { Account, KnownAccount } from '../../config/account.ts';
import { accountKeyOf } from '../../contract/job-id.ts';
import { checkAccount } from '../../providers/account.ts';
import type { Provider } from '../../providers/provider.ts';

/** Accounts as the configuration has them. */
export interface Configured {
  readonly accounts: readonly Account[];
  readonly knownAccounts: readonly KnownAccount[];
}

/** The configured accounts by their keys. */
export interface AccountTable {
  readonly served: ReadonlyMap<string, Account>;
  readonly known: ReadonlyMap<string, KnownAccount>;
  /** The pools of the served accounts. */
  readonly pools: readonly string[];
  /** The providers of the served accounts. */
  readonly providers: readonly string[];
}

/** @returns the key of an account, which also stands in messages */
export function keyOf({ provider, name }: Pick<KnownAccount, 'provider' | 'name'>): string {
  return accountKeyOf({ provider, account: name });
}

/** @throws RangeError that names the accounts of unknown providers; ProviderError for an account that its provider refuses */
export function tableOf({ accounts, knownAccounts }: Configured, providers: readonly Provider[]): AccountTable {
  const byName = new Map(providers.map((provider) => [provider.traits.name, provider]));
  const unknown = [...accounts, ...knownAccounts].filter(({ provider }) => !byName.has(provider));
  if (unknown.length > 0) {
    const shown = unknown.slice(0, MAX_NAMED).map(({ provider, name }) => `${name} (provider ${provider})`);
    const more = unknown.length > MAX_NAMED ? ` and ${unknown.length - MAX_NAMED} more` : '';
    const known = [...byName.keys()].join(', ');
    throw new RangeError(
      `accounts of providers that this worker does not know: ${shown.join(', ')}${more}; known are ${known}`,
    );
  }
  for (const account of accounts) checkAccount(byName.get(account.provider) as Provider, account);
  return {
    served: new Map(accounts.map((account) => [keyOf(account), account])),
    known: new Map(knownAccounts.map((account) => [keyOf(account), account])),
    pools: [...new Set(accounts.map(({ pool }) => pool))],
    providers: [...new Set(accounts.map(({ provider }) => provider))],
  };
}

const MAX_NAMED = 20;

/** @returns how many accounts are new, gone and different, for the log */
export function differenceOf(before: AccountTable, after: AccountTable): string {
  const allOf = ({ served, known }: AccountTable) => new Map<string, KnownAccount>([...known, ...served]);
  const [old, now] = [allOf(before), allOf(after)];
  const added = [...now.keys()].filter((key) => !old.has(key)).length;
  const removed = [...old.keys()].filter((key) => !now.has(key)).length;
  const changed = [...now].filter(([key, account]) => old.has(key) && old.get(key) !== account).length;
  return `${added} accounts are new, ${removed} are gone, ${changed} are different; ${after.served.size} are served here`;
}
