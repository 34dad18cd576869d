import type { Account } from '../../config/accounts.ts';
import { accountVariable, TOKEN_VARIABLES } from '../../config/account-settings.ts';
import { ConfigError, type ExaminedConfig } from '../../config/index.ts';
import { ProviderError } from '../../contract/failure.ts';
import { pollRatePerS } from '../../polling/budget.ts';
import { openAccount } from '../../providers/account.ts';
import type { Trial } from '../../providers/provider.ts';
import { BUILT_IN_PROVIDERS } from '../../providers/registry/adapters.ts';
import { listText } from '../views/text.ts';
import { isMisconfigured } from './configuration.ts';
import { type Check, failed, ok, skipped, warning } from './report.ts';

/** A command must report within ten seconds that nothing answers. */
const TIMEOUTS = { connectMs: 5_000, headersMs: 7_000, silenceMs: 7_000, totalMs: 7_000 };

/** Makes one poll with each account. */
export async function checkAccounts(examined: ExaminedConfig): Promise<Check[]> {
  const { accounts } = examined.config;
  if (accounts.length > 0) {
    return Promise.all(accounts.map(async (account) => judgeAccount(await pollOnce(account, examined))));
  }
  const hint = `set ${listText(TOKEN_VARIABLES, 'or')}, or name accounts by JOBTRACK_ACCOUNTS`;
  return [warning('accounts', 'no account is configured: a worker of this configuration follows no job', hint)];
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
