import type { FailureKind } from '../contract/failure.ts';
import type { JobRef, Snapshot } from '../contract/job.ts';
import type { PollingPolicy } from '../contract/polling-options.ts';
import type { IntervalFacts } from './interval.ts';
import type { Pace } from './pace.ts';
import { NO_PACE } from './pace.ts';
import type { ReportBudget } from './report-budget.ts';

/** What of a snapshot makes a change: a service that only touches `updated_at` or signs a link anew has not changed. */
export type ChangeKey = Pick<
  Snapshot,
  'state' | 'providerState' | 'stage' | 'progress' | 'rawProgress' | 'title' | 'lastError' | 'startedAt' | 'scheduled'
>;

/** `rawProgress` is left out where there is none: older code neither knows nor remembers it. */
export function changeKeyOf(snapshot: Snapshot): ChangeKey {
  const { state, providerState, stage, progress, rawProgress, title, lastError, startedAt, scheduled } = snapshot;
  const key = { state, providerState, stage, progress, title, lastError, startedAt, scheduled };
  return rawProgress === null || rawProgress === undefined ? key : { ...key, rawProgress };
}

/** All that polling remembers from poll to poll. Rides in heartbeat details between changes and in the track over them. Moments in ms. */
export interface PollMemory {
  readonly sinceMs: number;
  readonly polls: number;
  readonly lastPollAtMs: number | null;
  readonly nextPollAtMs: number | null;
  readonly expectedEndAtMs: number | null;
  /** The service has answered for this job at least once. */
  readonly seen: boolean;
  /** The job's creation time as the service gave it: another one is another job under the same id. */
  readonly createdAt: string | null;
  /** The snapshot last told to the workflow. */
  readonly told: ChangeKey | null;
  readonly toldAtMs: number | null;
  readonly trouble: {
    readonly inRow: number;
    readonly edgeInRow: number;
    readonly sinceMs: number;
    /** Kinds that `health` has said already: each once, so that alternating ones do not fill the history. */
    readonly told: readonly FailureKind[];
  } | null;
  /** Answers of the kinds that may end a job never seen. */
  readonly refusal: { readonly kind: FailureKind; readonly count: number; readonly sinceMs: number } | null;
  /** `told: false`: the workflow does not know yet. */
  readonly missing: { readonly count: number; readonly sinceMs: number; readonly told?: boolean } | null;
  readonly budget?: ReportBudget;
  /** A half-written answer was read; the next one counts, whole or not. */
  readonly torn: boolean;
  readonly pace: Pace;
}

export function emptyMemory(nowMs: number): PollMemory {
  return {
    sinceMs: nowMs,
    polls: 0,
    lastPollAtMs: null,
    nextPollAtMs: null,
    expectedEndAtMs: null,
    seen: false,
    createdAt: null,
    told: null,
    toldAtMs: null,
    trouble: null,
    refusal: null,
    missing: null,
    torn: false,
    pace: NO_PACE,
  };
}

/** What the workflow asks of `checkJobStatus`. */
export interface PollRequest {
  job: JobRef;
  policy: PollingPolicy;
  usualMs: number | null;
  memory: PollMemory;
  /** Wait so long before the first poll, ms. */
  firstWaitMs: number;
  /** `answer`: the next answer is told even if nothing changed, for something is decided by it. */
  tell: 'changes' | 'answer';
  cancel: IntervalFacts['cancel'];
  /** Asked for by a signal, a limit or the like: goes before the account's other polls. */
  urgent?: true;
}

/** What `checkJobStatus` tells the workflow; `intervalMs`: the next poll is due so long after this answer. */
export type PollAnswer = { memory: PollMemory; intervalMs: number } & (
  | { type: 'polled'; snapshot: Snapshot }
  /** `final`: missing often and long enough to count. */
  | { type: 'missing'; message: string; final: boolean }
  /** `final`: refused often and long enough to count for a job never seen. */
  | { type: 'degraded'; kind: FailureKind; message: string; sinceMs: number; final: boolean }
);

/** `moderated` may be a review hold: it is looked at once more before it counts. */
export const MODERATED_GRACE_MS = 60_000;
