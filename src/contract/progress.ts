import type { CancelState } from './cancel.ts';
import type { JobRef, JobState } from './job.ts';
import type { Json } from './json.ts';
import type { Limits } from './limits.ts';
import type { JobOutcome } from './outcome.ts';
import type { PollingPolicy } from './polling-options.ts';

/** Whether tracking goes well: trouble in reading comes first, for while it lasts nothing else is known to be current. */
export interface JobHealth {
  status: 'ok' | 'degraded' | 'stalled' | 'overdue';
  /** ISO 8601; null with `ok`. */
  since: string | null;
  error: string | null;
}

/** An operator has paused the polls at Temporal. Until `activity unpause`, the service is not asked about the job. */
export interface PollPause {
  /** ISO 8601 */
  since: string | null;
  by: string | null;
  reason: string | null;
  /** What Temporal's `activity unpause` wants, beside the workflow's id. */
  activityId: string;
}

/** What anyone may see of a tracked job. `polls`, `lastPollAt`, `nextPollAt` and `expectedEndAt` are as of the last report. */
export interface JobProgress {
  job: JobRef;
  labels: Record<string, string>;
  state: JobState;
  providerState: string | null;
  /** 0..100 */
  progress: number | null;
  stage: string | null;
  title: string | null;
  /** What a person should know now. */
  message: string | null;
  /** The service's own last failure text, e.g. of an attempt that it retries. */
  lastError: string | null;
  /** Fields of the service's answer that have no place elsewhere, by the service's own names. Which they are, docs/providers.md says. */
  details: Record<string, Json>;
  /** The service's own clock, ISO 8601. */
  createdAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  trackedSince: string;
  lastPollAt: string | null;
  lastChangeAt: string | null;
  nextPollAt: string | null;
  expectedEndAt: string | null;
  polls: number;
  health: JobHealth;
  /** Only the server knows it: the query always answers null, and the client adds the value. */
  paused: PollPause | null;
  cancel: CancelState;
  limits: Limits;
  /** The present polling; null until a worker has planned the job. */
  polling: PollingPolicy | null;
  outcome: JobOutcome | null;
  /** Grows by one with each change: watchers compare it. */
  version: number;
}

/** @returns whether the input was refused: there is no outcome, none comes, and `message` says why */
export function isRefused({ outcome, nextPollAt }: JobProgress): boolean {
  return outcome === null && nextPollAt === null;
}

/** How many entries the timeline keeps. */
export const TIMELINE_LENGTH = 50;

export interface TimelineEntry {
  at: string;
  state: JobState;
  providerState: string | null;
  progress: number | null;
  note?: string;
}
