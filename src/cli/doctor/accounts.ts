import type { Account, KnownAccount } from '../../config/account.ts';
import { accountVariable, TOKEN_VARIABLES } from '../../config/account-settings.ts';
import { ConfigError, type ExaminedConfig } from '../../config/index.ts';
import { ProviderError } from '../../contract/failure.ts';
import { pollRatePerS } from '../../polling/budget.ts';
import { openAccount } from '../../providers/account.ts';
import type { Trial } from '../../providers/provider.ts';
import { BUILT_IN_PROVIDERS } from '../../providers/registry/adapters.ts';
import { counted, listText } from '../views/text.ts';
import { isMisconfigured } from './configuration.ts';
import { type Check, failed, ok, skipped, warning } from './report.ts';

/** A command must report within ten seconds that nothing answers. */
const TIMEOUTS = { connectMs: 5_000, headersMs: 7_000, silenceMs: 7_000, totalMs: 7_000 };

/** So many accounts have a line each. Of more, there is a summary, and the lines of those with a problem. */
const MAX_LISTED = 20;
/** Of more accounts, so many are asked, because thousands of requests would take long and spend budgets. */
const MAX_ASKED = 100;

/** Makes one poll with each account, or with some of them if there are many. */
export async function checkAccounts(examined: ExaminedConfig): Promise<Check[]> {
  const { accounts, knownAccounts } = examined.config;
  if (accounts.length === 0) {
    const hint = `set ${listText(TOKEN_VARIABLES, 'or')}, or name accounts by JOBTRACK_ACCOUNTS`;
    const what = knownAccounts.length > 0 ? 'no credential of an account' : 'no account';
    return [warning('accounts', `${what} is configured: a worker of this configuration follows no job`, hint)];
  }
  const asked = spread(accounts, accounts.length > MAX_LISTED ? MAX_ASKED : accounts.length);
  const checks = await Promise.all(asked.map(async (account) => judgeAccount(await pollOnce(account, examined))));
  return accounts.length > MAX_LISTED ? summaryOf(checks, { accounts, knownAccounts }) : checks;
}

/** @returns at most `most` items, from everywhere in the list */
function spread<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, items.length / most);
  return Array.from({ length: Math.min(most, items.length) }, (_, nth) => items[Math.floor(nth * step)] as Item);
}

interface Many {
  readonly accounts: readonly Pick<KnownAccount, 'pool'>[];
  readonly knownAccounts: readonly Pick<KnownAccount, 'pool'>[];
}

/** @returns a summary of many accounts, and the first checks that are not ok */
export function summaryOf(checks: readonly Check[], { accounts, knownAccounts }: Many): Check[] {
  const bad = checks.filter(({ status }) => status !== 'ok');
  const asked = checks.length < accounts.length ? `${checks.length} of them were asked` : 'all were asked';
  const known = knownAccounts.length === 0 ? '' : `; ${knownAccounts.length} more are served by other workers`;
  const found = bad.length === 0 ? 'all accepted' : `${checks.length - bad.length} accepted, ${bad.length} not`;
  const unlisted = bad.length > MAX_LISTED ? `, of which ${MAX_LISTED} are listed` : '';
  const message = `${counted(accounts.length, 'account')} (${poolsText(accounts)}); ${asked}: ${found}${unlisted}${known}`;
  return [ok('accounts', message), ...bad.slice(0, MAX_LISTED)];
}

function poolsText(accounts: Many['accounts']): string {
  const counts = new Map<string, number>();
  for (const { pool } of accounts) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  const most = [...counts].toSorted(([, one], [, other]) => other - one);
  const more = most.length > MAX_LISTED ? [`${most.length - MAX_LISTED} more pools`] : [];
  return listText([...most.slice(0, MAX_LISTED).map(([pool, count]) => `${count} in pool ${pool}`), ...more], 'and');
}

async function pollOnce(account: Account, examined: ExaminedConfig): Promise<Probed> {
  const provider = BUILT_IN_PROVIDERS.find(({ traits }) => traits.name === account.provider);
  if (provider === undefined) return { account, probe: { is: 'unknown-provider' }, knownBudget: null };
  if (isMisconfigured(account, examined)) return { account, probe: { is: 'misconfigured' }, knownBudget: null };
  const unknown: Trial = { job: { provider: account.provider, jobId: '0' }, requestsPerMinute: null };
  const { job, requestsPerMinute: knownBudget } = provider.trialOf?.(await secretOf(account)) ?? unknown;
  let proxy: string | null = null;
  try {
    const open = openAccount(provider, account, { timeouts: TIMEOUTS, proxyFor: examined.config.proxyFor });
    proxy = open.proxy?.address ?? null;
    await open.poll(job, new AbortController().signal).finally(open.close);
    return { account, probe: { is: 'answered' }, proxy, knownBudget };
  } catch (error) {
    if (error instanceof ProviderError) return { account, probe: { is: 'refused', by: error }, proxy, knownBudget };
    if (error instanceof ConfigError) return { account, probe: { is: 'misconfigured' }, knownBudget: null }; // its proxy
    throw error;
  }
}

/** @returns '' if it cannot be read; the poll then reports why */
async function secretOf({ secret }: Account): Promise<string> {
  try {
    return (await secret.reveal()).trim();
  } catch {
    return '';
  }
}

type Refusal = Pick<ProviderError, 'kind' | 'status' | 'message'>;

/** The result of a poll for a job that cannot exist. */
export type Probe =
  | { readonly is: 'answered' }
  | { readonly is: 'refused'; readonly by: Refusal }
  | { readonly is: 'misconfigured' }
  | { readonly is: 'unknown-provider' };

/** An account and the result of its poll. */
export interface Probed {
  readonly account: { readonly provider: string; readonly name: string; readonly requestsPerMinute: number | null };
  readonly probe: Probe;
  /** `host:port` of the proxy that was used; left out or null: none. */
  readonly proxy?: string | null;
  /** The service's rate limit for such a credential, requests a minute; null: not known. */
  readonly knownBudget: number | null;
}

/** The message names the proxy too, because the proxy may be the cause of trouble. */
export function judgeAccount(probed: Probed): Check {
  const { account, proxy = null } = probed;
  const check = judgeProbe(`account:${account.provider}/${account.name}`, probed);
  return proxy === null ? check : { ...check, message: `${check.message}; asked through the proxy ${proxy}` };
}

function judgeProbe(name: string, probed: Probed): Check {
  const { account, probe } = probed;
  switch (probe.is) {
    case 'answered':
      return accepted(name, probed);
    case 'misconfigured':
      return skipped(name, 'not asked, for its settings are wrong: see configuration');
    case 'unknown-provider': {
      const hint = 'only a worker of your own, with the adapter, can serve it; or correct the name';
      return warning(name, `this command line knows no provider ${account.provider}, so it was not asked`, hint);
    }
    case 'refused':
      return judgeRefusal(name, probed, probe.by);
    default:
      return probe satisfies never;
  }
}

function judgeRefusal(name: string, probed: Probed, { kind, status, message }: Refusal): Check {
  switch (kind) {
    case 'not-found':
      return accepted(name, probed);
    case 'rate-limited':
      return warning(name, `reachable, but: ${message}`, 'poll less often, or give the account requestsPerMinute');
    case 'unauthorized':
      return failed(name, message, status === null ? UNREADABLE_HINT : REFUSED_HINT);
    case 'unavailable':
      return failed(name, message, "look at the service's status page, the base URL and the network between");
    case 'malformed':
      return failed(name, message, 'check the base URL: something else than the service seems to answer there');
    case 'rejected':
      // Else it is a redirect, a certificate, or "not implemented".
      return status !== null && status >= 400 && status < 500
        ? warning(name, `reachable, but it refuses to look for a job: ${message}`, 'see whether a real job can be read')
        : failed(name, message, "check the base URL, the way of authentication and the service's certificate");
    default:
      return kind satisfies never;
  }
}

const UNREADABLE_HINT = 'check the variable or the file of the credential, and who may read it';
const REFUSED_HINT = 'replace the credential; docs/operations.md, "Rotating a credential", says how';

function accepted(name: string, { account, knownBudget }: Probed): Check {
  const { requestsPerMinute } = account;
  const reached = 'reachable, credential accepted';
  if (requestsPerMinute !== null) {
    const polls = Math.round(pollRatePerS(requestsPerMinute) * 600) / 10;
    return ok(name, `${reached}; budget ${requestsPerMinute} requests a minute, ${polls} of them polls`);
  }
  const hint =
    knownBudget === null
      ? null
      : `such a credential is allowed ${knownBudget} requests a minute: set ${accountVariable(account.provider, 'requestsPerMinute')}, or requestsPerMinute in the accounts file, to ${knownBudget}`;
  return ok(name, `${reached}; no budget`, hint);
}
