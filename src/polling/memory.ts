import type { FailureKind } from '../contract/failure.ts';
import type { JobRef, Snapshot } from '../contract/job.ts';
import type { PollingPolicy } from '../contract/polling-options.ts';
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

/** Progress that moved, as a look saw it. */
export interface Move {
  readonly atMs: number;
  readonly progress: number;
  /** The time since the look before it, by each percent that it moved; absent: not known. */
  readonly perPercentMs?: number;
}

/** What the polls so far tell of a job's pace. Moments in ms by the workers' clock. */
export interface Trend {
  /** When the job began to run: our first running snapshot, less what the service says it had run before. */
  readonly runningSinceMs: number | null;
  /** Progress at the first look of this attempt and since when; null: no progress seen. */
  readonly from: Move | null;
  /** Progress when it last moved. */
  readonly moved: Move | null;
  /** The service's start time of this attempt: a new one means that it began again. */
  readonly attempt: string | null;
  /** The last look at progress. */
  readonly lookedAtMs: number | null;
  /** The step in which progress moves, in percent; null: it has not moved twice. */
  readonly step: number | null;
  /** Moves before the last one, oldest first; so many as a forecast looks back to. */
  readonly marks: readonly Move[];
}

export const NO_TREND: Trend = {
  runningSinceMs: null,
  from: null,
  moved: null,
  attempt: null,
  lookedAtMs: null,
  step: null,
  marks: [],
};

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
  readonly reported: ChangeKey | null;
  readonly reportedAtMs: number | null;
  readonly trouble: {
    readonly inRow: number;
    readonly edgeInRow: number;
    readonly sinceMs: number;
    /** Kinds that `health` has said already: each once, so that alternating ones do not fill the history. */
    readonly reported: readonly FailureKind[];
  } | null;
  /** Answers of the kinds that may end a job never seen. */
  readonly refusal: { readonly kind: FailureKind; readonly count: number; readonly sinceMs: number } | null;
  /** `told: false`: the workflow does not know yet. */
  readonly missing: { readonly count: number; readonly sinceMs: number; readonly reported?: boolean } | null;
  readonly budget?: ReportBudget;
  /** A half-written answer was read; the next one counts, whole or not. */
  readonly torn: boolean;
  readonly trend: Trend;
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
    reported: null,
    reportedAtMs: null,
    trouble: null,
    refusal: null,
    missing: null,
    torn: false,
    trend: NO_TREND,
  };
}

/** A cancel that the service accepted, and that the status has not confirmed yet. */
export interface AcceptedCancel {
  readonly requestedAtMs: number;
  readonly acceptedAtMs: number;
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
  report: 'changes' | 'answer';
  cancel: AcceptedCancel | null;
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
