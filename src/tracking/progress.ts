import { isoOf, isoTime } from '../contract/json.ts';
import type { JobProgress } from '../contract/progress.ts';
import { cancelStateOf } from './cancel.ts';
import { healthOf } from './health.ts';
import { finalWordsOf } from './outcome.ts';
import type { Track } from './track.ts';
import { stateOf } from './track.ts';

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
