import type { FailureKind } from '../contract/failure.ts';
import type { JobRef, Snapshot } from '../contract/job.ts';
import type { PollingPolicy } from '../contract/polling-options.ts';
import type { Route } from '../contract/task-queue.ts';
import type { ReportBudget } from './report-budget.ts';

/** The parts of a snapshot whose change is reported. `updated_at` and a link with a new signature are not among them. */
export type ChangeKey = Pick<
  Snapshot,
  'state' | 'providerState' | 'stage' | 'progress' | 'rawProgress' | 'title' | 'lastError' | 'startedAt' | 'scheduled'
>;

/** `rawProgress` is left out if there is none: older code does not know it. */
export function changeKeyOf(snapshot: Snapshot): ChangeKey {
  const { state, providerState, stage, progress, rawProgress, title, lastError, startedAt, scheduled } = snapshot;
  const key = { state, providerState, stage, progress, title, lastError, startedAt, scheduled };
  return rawProgress === null || rawProgress === undefined ? key : { ...key, rawProgress };
}

/** A change of progress, as a poll saw it. */
export interface Move {
  readonly atMs: number;
  readonly progress: number;
  /** The time since the poll before, divided by the percents moved, ms; absent: not known. */
  readonly perPercentMs?: number;
}

/** How the progress of a job has moved. Times in ms, by the workers' clock. */
export interface Trend {
  /** When the job began to run: the first running snapshot, less the time that it had run before, by the service's clock. */
  readonly runningSinceMs: number | null;
  /** The first progress of this attempt; null: there was none. */
  readonly from: Move | null;
  /** The last change of progress. */
  readonly moved: Move | null;
  /** The service's start time of this attempt: a new one means that it began again. */
  readonly attempt: string | null;
  /** The last poll that had progress. */
  readonly lookedAtMs: number | null;
  /** The step in which progress moves, in percent; null: it has not moved twice yet. */
  readonly step: number | null;
  /** Moves before the last one, oldest first, as many as a forecast needs. */
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

/** All that polling remembers from poll to poll. Heartbeat details carry it between reports, and the track carries it over them. Times in ms. */
export interface PollMemory {
  readonly sinceMs: number;
  readonly polls: number;
  readonly lastPollAtMs: number | null;
  readonly nextPollAtMs: number | null;
  readonly expectedEndAtMs: number | null;
  /** The service has answered for this job at least once. */
  readonly seen: boolean;
  /** The job's creation time, as the service gave it. If it differs, this is another job under the same id. */
  readonly createdAt: string | null;
  /** What the workflow knows of the last reported snapshot. */
  readonly reported: ChangeKey | null;
  readonly reportedAtMs: number | null;
  readonly trouble: {
    readonly inRow: number;
    readonly edgeInRow: number;
    readonly sinceMs: number;
    /** Kinds that were reported already. Each is reported once, so that alternating ones do not fill the history. */
    readonly reported: readonly FailureKind[];
  } | null;
  /** Answers of a kind that may end a job that was never seen. */
  readonly refusal: { readonly kind: FailureKind; readonly count: number; readonly sinceMs: number } | null;
  /** `reported: false`: the workflow does not know it yet. */
  readonly missing: { readonly count: number; readonly sinceMs: number; readonly reported?: boolean } | null;
  readonly budget?: ReportBudget;
  /** The last answer was half-written. The next one counts, whole or not. */
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
  /** The wait before the first poll, ms. */
  firstWaitMs: number;
  /** `answer`: the next answer is reported even if nothing changed, because something depends on it. */
  report: 'changes' | 'answer';
  cancel: AcceptedCancel | null;
  /** The poll goes before the account's other polls. */
  urgent?: true;
  /** The pool whose queue the request goes to. Absent: sent by older code. */
  pool?: string;
  /** The heartbeat timeout of the activity, ms. Absent: 30 s. */
  heartbeatMs?: number;
}

/**
 * What `checkJobStatus` reports. `intervalMs`: the next poll is due so long after this answer, ms. `route`: the account's present one.
 * `heartbeatMs`: the heartbeat timeout that the worker wants now. Both are absent in answers of an older worker.
 */
export type PollAnswer = { memory: PollMemory; intervalMs: number; route?: Route; heartbeatMs?: number } & (
  | { type: 'polled'; snapshot: Snapshot }
  /** `final`: missing often and long enough to count. */
  | { type: 'missing'; message: string; final: boolean }
  /** `final`: refused often and long enough to count for a job never seen. */
  | { type: 'degraded'; kind: FailureKind; message: string; sinceMs: number; final: boolean }
);

/** What `checkJobStatus` reports if it could not poll. `unserved`: no worker of the pool has the account. `moved`: another pool serves it. */
export type NoPollAnswer =
  | { readonly type: 'unserved'; readonly message: string }
  | { readonly type: 'moved'; readonly route: Route };

/** `moderated` may be a hold for review: the job is polled again after this time before it counts. */
export const MODERATED_GRACE_MS = 60_000;
