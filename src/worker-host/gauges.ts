import type { AdmissionState } from '../polling/admission.ts';
import type { Measure } from '../contract/metrics.ts';
import type { Holds } from '../activities/check-job-status/holds.ts';
import type { Accounts } from './accounts.ts';

const EVERY_MS = 5_000;
const BREAKER_STATE = { closed: 0, recovering: 1, open: 2 } as const satisfies Record<
  AdmissionState['breaker']['state'],
  number
>;

/** Records holds and circuit breakers every 5 s. @returns a function that stops it */
export function startGauges(measure: Measure, holds: Holds, accounts: Accounts): () => void {
  const show = (): void => {
    measure('jobtrack_holds', holds.waiting(), {});
    for (const { account, limiter } of accounts.limiters()) {
      const labels = { provider: account.provider, account: account.name };
      measure('jobtrack_breaker_state', BREAKER_STATE[limiter.breaker()], labels);
    }
  };
  show();
  const timer = setInterval(show, EVERY_MS).unref();
  return () => clearInterval(timer);
}
