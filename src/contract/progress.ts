import type { CancelState } from './cancel.ts';
import type { JobRef, JobState, StatusFields } from './job.ts';
import type { Limits } from './limits.ts';
import type { JobOutcome } from './outcome.ts';
import type { PollingPolicy } from './polling-options.ts';

/** Whether tracking works. */
export interface JobHealth {
  /**
   * `degraded`: the status cannot be read. `overdue`: a limit has passed, and tracking goes on. `stalled`: no change for `stalledMs`.
   * If several apply, this is the order: during trouble, nothing else is known to be current.
   */
  status: 'ok' | 'degraded' | 'stalled' | 'overdue';
  /** ISO 8601; null with `ok`. */
  since: string | null;
  /** Null with `ok`. */
  error: string | null;
}

/** An operator has paused the status activity at Temporal. The job is not polled until `activity unpause`. */
export interface PollPause {
  /** ISO 8601; null: not known. */
  since: string | null;
  by: string | null;
  reason: string | null;
  /** For `temporal activity unpause`, which needs it besides the workflow id. */
  activityId: string;
}

/** The public state of a tracked job. `polls`, `lastPollAt`, `nextPollAt` and `expectedEndAt` are those of the last report. */
export interface JobProgress extends StatusFields {
  job: JobRef;
  labels: Record<string, string>;
  state: JobState;
  /** When tracking began, ISO 8601. Continue-as-new does not change it. */
  trackedSince: string;
  /** ISO 8601 by the workers' clock, as the next three. */
  lastPollAt: string | null;
  lastChangeAt: string | null;
  nextPollAt: string | null;
  /** A forecast from the progress; null: not known. */
  expectedEndAt: string | null;
  /** Status requests so far. */
  polls: number;
  health: JobHealth;
  /** Only the server knows it. The query always returns null, and the client adds it. */
  paused: PollPause | null;
  cancel: CancelState;
  limits: Limits;
  /** The current polling; null: no worker has planned the job yet. */
  polling: PollingPolicy | null;
  /** Null: tracking has not ended. */
  outcome: JobOutcome | null;
  /** Increases by one with each change, so that watchers can compare. */
  version: number;
}

/** @returns whether the input was refused. Then there will be no outcome, and `message` has the reason. */
export function isRefused({ outcome, nextPollAt }: JobProgress): boolean {
  return outcome === null && nextPollAt === null;
}

/** The most entries of a timeline. */
export const TIMELINE_LENGTH = 50;

/** One change of state, health or cancel phase. */
export interface TimelineEntry extends Pick<JobProgress, 'state' | 'providerState' | 'progress'> {
  /** ISO 8601. */
  at: string;
  note?: string;
}
