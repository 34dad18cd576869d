import { statusRatePerS } from '../../polling/budget.ts';
import type { ProviderError } from '../../contract/failure.ts';
import { type Check, failed, ok, skipped, warning } from './check.ts';

/** The result of a poll for a job that cannot exist. */
export type Probe =
  | { readonly is: 'answered' }
  | { readonly is: 'refused'; readonly by: Pick<ProviderError, 'kind' | 'status' | 'message'> }
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
  const check = judgeProbe(probed);
  const { proxy = null } = probed;
  return proxy === null ? check : { ...check, message: `${check.message}; asked through the proxy ${proxy}` };
}

function judgeProbe(probed: Probed): Check {
  const { account, probe } = probed;
  const name = accountCheckName(account);
  switch (probe.is) {
    case 'answered':
      return accepted(probed);
    case 'misconfigured':
      return skipped(name, 'not asked, for its settings are wrong: see configuration');
    case 'unknown-provider': {
      const hint = 'only a worker of your own, with the adapter, can serve it; or correct the name';
      return warning(name, `this command line knows no provider ${account.provider}, so it was not asked`, hint);
    }
    case 'refused':
      return judgeRefusal(probed, probe.by);
    default:
      return probe satisfies never;
  }
}

function accountCheckName({ provider, name }: { provider: string; name: string }): string {
  return `account:${provider}/${name}`;
}

function judgeRefusal(
  probed: Probed,
  { kind, status, message }: Pick<ProviderError, 'kind' | 'status' | 'message'>,
): Check {
  const name = accountCheckName(probed.account);
  switch (kind) {
    case 'not-found':
      return accepted(probed);
    case 'rate-limited':
      return warning(name, `reachable, but: ${message}`, 'poll less often, or give the account requestsPerMinute');
    case 'unauthorized':
      return failed(name, message, status === null ? UNREADABLE_HINT : REFUSED_HINT);
    case 'unavailable':
      return failed(name, message, "look at the service's status page, the base URL and the network between");
    case 'malformed':
      return failed(name, message, 'check the base URL: something else than the service seems to answer there');
    case 'rejected':
      return isAnswer(status)
        ? warning(name, `reachable, but it refuses to look for a job: ${message}`, 'see whether a real job can be read')
        : failed(name, message, "check the base URL, the way of authentication and the service's certificate");
    default:
      return kind satisfies never;
  }
}

const UNREADABLE_HINT = 'check the variable or the file of the credential, and who may read it';
const REFUSED_HINT = 'replace the credential; docs/operations.md, "Rotating a credential", says how';

/** @returns whether the service refused the request: not a redirect, not a certificate, not "not implemented" */
function isAnswer(status: number | null): boolean {
  return status !== null && status >= 400 && status < 500;
}

function accepted({ account, knownBudget }: Probed): Check {
  const { requestsPerMinute } = account;
  const name = accountCheckName(account);
  const reached = 'reachable, credential accepted';
  if (requestsPerMinute !== null) {
    const polls = Math.round(statusRatePerS(requestsPerMinute) * 600) / 10;
    return ok(name, `${reached}; budget ${requestsPerMinute} requests a minute, ${polls} of them polls`);
  }
  const hint =
    knownBudget === null
      ? null
      : `such a credential is allowed ${knownBudget} requests a minute: set ${account.provider.toUpperCase()}_REQUESTS_PER_MINUTE, or requestsPerMinute in the accounts file, to ${knownBudget}`;
  return ok(name, `${reached}; no budget`, hint);
}
