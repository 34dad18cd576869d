import { isoOf, isoTime } from '../../contract/json.ts';
import type { JobProgress } from '../../contract/progress.ts';
import { cancelStateOf } from '../state/cancel/facts.ts';
import { outcomeOf } from '../state/end.ts';
import { jobStateOf, type Status } from '../state/status.ts';
import type { Track } from '../track.ts';
import { healthOf } from './health.ts';
import { finalWordsOf } from './outcome.ts';

/** The answer to the `progress` query. */
export function progressOf(track: Track): JobProgress {
  const { request, status, polling, limits, cancel, end, journal } = track;
  const { snapshot } = status;
  const over = end.is !== 'open';
  return {
    job: request.job,
    labels: { ...request.labels },
    state: jobStateOf(status),
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
    trackedSince: isoTime(request.trackedSinceMs),
    lastPollAt: isoOf(polling.memory.lastPollAtMs),
    lastChangeAt: isoOf(status.lastChangeAtMs),
    nextPollAt: over ? null : isoTime(request.plan === null ? request.dueAtMs : polling.dueAtMs),
    expectedEndAt: over ? null : isoOf(polling.memory.expectedEndAtMs),
    polls: polling.memory.polls,
    health: healthOf(track),
    paused: null,
    cancel: cancelStateOf(cancel),
    limits: { ...limits.allowed },
    polling: request.plan === null ? null : { ...request.plan.polling },
    outcome: outcomeOf(end),
    version: journal.version,
  };
}

function messageOf({ status, cancel, end }: Track): string | null {
  if (end.is === 'refused') return end.message;
  if (end.is === 'ended') return finalWordsOf(end.outcome) ?? status.snapshot?.message ?? null;
  if (status.missing !== null)
    return `the service does not know the job (${status.missing.message}); polled again before that counts`;
  if (status.moderatedSinceMs !== null) return 'stopped by moderation; polled once more before that counts';
  if (cancel.phase === 'unsupported') return 'the service has no cancel: tracking ends, and the job goes on there';
  if (cancel.phase === 'accepted') return 'the service accepted the cancel; waiting until the status says so';
  return status.snapshot?.message ?? unknownWords(status);
}

function unknownWords({ snapshot }: Status): string | null {
  if (snapshot?.state !== 'unknown') return null;
  return 'the service sent a status that is not known here; polling goes on';
}
