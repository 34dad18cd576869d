import type { CancelState } from './cancel.ts';
import { cancelStateOf } from './cancel.ts';
import type { JobHealth } from './health.ts';
import { healthOf } from './health.ts';
import type { Json } from './json.ts';
import { isoOf, isoTime } from './json.ts';
import type { JobRef, JobState } from './job.ts';
import type { Limits } from './limits.ts';
import type { JobOutcome } from './outcome.ts';
import { finalWordsOf } from './outcome.ts';
import type { PollingPolicy } from './policy.ts';
import type { PollMemory } from './polling.ts';
import type { Track } from './track.ts';
import { stateOf } from './track.ts';

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
  /** DeepWriter: every documented Job field but user_id; Docswrite: none. */
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

/** The view of a track that the `progress` query answers with. */
export function progressOf(track: Track): JobProgress {
  const { snapshot, memory, outcome } = track;
  const over = outcome !== null || track.refusal !== null;
  return {
    job: track.job,
    labels: { ...track.labels },
    state: stateOf(track),
    providerState: snapshot?.providerState ?? null,
    progress: snapshot?.progress ?? null,
    stage: snapshot?.stage ?? null,
    title: snapshot?.title ?? null,
    message: messageOf(track),
    lastError: snapshot?.lastError ?? null,
    details: snapshot?.details ?? {},
    createdAt: snapshot?.createdAt ?? null,
    startedAt: snapshot?.startedAt ?? null,
    finishedAt: snapshot?.finishedAt ?? null,
    trackedSince: isoTime(track.trackedSinceMs),
    lastPollAt: isoOf(memory.lastPollAtMs),
    lastChangeAt: isoOf(track.lastChangeAtMs),
    nextPollAt: over ? null : isoTime(track.pollDueAtMs),
    expectedEndAt: over ? null : isoOf(memory.expectedEndAtMs),
    polls: memory.polls,
    health: healthOf(track),
    paused: null,
    cancel: cancelStateOf(track.cancel),
    limits: { ...track.limits },
    polling: track.plan === null ? null : { ...track.plan.polling },
    outcome,
    version: track.version,
  };
}

/** @returns whether the input was refused: there is no outcome, none comes, and `message` says why */
export function isRefused({ outcome, nextPollAt }: JobProgress): boolean {
  return outcome === null && nextPollAt === null;
}

function messageOf(track: Track): string | null {
  if (track.refusal !== null) return track.refusal.message;
  if (track.outcome !== null) return finalWordsOf(track.outcome) ?? track.snapshot?.message ?? null;
  if (track.missing !== null)
    return `the service does not know the job (${track.missing.message}); polled again before that counts`;
  if (track.moderatedSinceMs !== null) return 'stopped by moderation; polled once more before that counts';
  if (track.cancel.phase === 'unsupported')
    return 'the service has no cancel: tracking ends, and the job goes on there';
  if (track.cancel.phase === 'accepted') return 'the service accepted the cancel; waiting until the status says so';
  return track.snapshot?.message ?? unknownWords(track);
}

function unknownWords({ snapshot }: Track): string | null {
  if (snapshot?.state !== 'unknown') return null;
  return 'the service sent a status that is not known here; polling goes on';
}

/** What the pending activity knows that the workflow was not told, for an overlay by clients. */
export interface PendingPoll {
  /** From heartbeat details; null: none, or lost. */
  memory: PollMemory | null;
  /** When the server will call the activity again; null: it runs now. */
  nextAttemptAtMs: number | null;
  paused: PollPause | null;
}

/** @returns the progress with the newer counts and times of the pending poll put over it */
export function withPending(progress: JobProgress, pending: PendingPoll | null): JobProgress {
  if (pending === null || progress.outcome !== null) return progress;
  const { memory, nextAttemptAtMs, paused } = pending;
  const newer = memory !== null && memory.polls >= progress.polls ? memory : null;
  const nextPollAtMs = nextAttemptAtMs ?? newer?.nextPollAtMs ?? null;
  return {
    ...progress,
    paused,
    polls: newer?.polls ?? progress.polls,
    lastPollAt: newer === null ? progress.lastPollAt : isoOf(newer.lastPollAtMs),
    expectedEndAt: newer === null ? progress.expectedEndAt : isoOf(newer.expectedEndAtMs),
    nextPollAt: nextPollAtMs === null ? progress.nextPollAt : isoTime(nextPollAtMs),
  };
}
