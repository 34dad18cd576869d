import type { JobOutcome, JobProgress } from '../../../src/client.ts';
import { DEFAULT_LIMITS, DEFAULT_POLLING } from '../../../src/contract/index.ts';

export const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');

export function aProgress(changes: Partial<JobProgress> = {}): JobProgress {
  return {
    job: { provider: 'docswrite', jobId: '42', account: 'default', queueType: 'post' },
    labels: {},
    state: 'running',
    providerState: 'active',
    progress: 40,
    stage: null,
    title: null,
    message: null,
    lastError: null,
    details: {},
    createdAt: null,
    startedAt: null,
    finishedAt: null,
    trackedSince: '2026-03-01T11:59:00.000Z',
    lastPollAt: '2026-03-01T11:59:58.000Z',
    lastChangeAt: '2026-03-01T11:59:58.000Z',
    nextPollAt: '2026-03-01T12:00:03.000Z',
    expectedEndAt: null,
    polls: 7,
    health: { status: 'ok', since: null, error: null },
    paused: null,
    cancel: { phase: 'none', requestedAt: null, reason: null, by: null, attempts: 0, error: null },
    limits: DEFAULT_LIMITS,
    polling: DEFAULT_POLLING,
    outcome: null,
    version: 3,
    ...changes,
  };
}

export const facts = {
  job: { provider: 'docswrite', jobId: '42' },
  labels: {},
  polls: 9,
  trackedForMs: 61_000,
  finishedAt: null,
  detectedAt: '2026-03-01T12:00:01.000Z',
};

export const completed: JobOutcome = {
  ...facts,
  status: 'completed',
  result: null,
  link: 'https://blog.example/post',
  warnings: [],
};
export const failed: JobOutcome = { ...facts, status: 'failed', reason: 'no more paper' };
export const cancelled: JobOutcome = { ...facts, status: 'cancelled', by: 'request', confirmed: true };
export const abandoned: JobOutcome = { ...facts, status: 'abandoned', why: 'cancel-unsupported' };
export const outcomes: JobOutcome[] = [
  completed,
  failed,
  cancelled,
  abandoned,
  { ...facts, status: 'moderated', reason: null },
  { ...facts, status: 'not-found' },
  { ...facts, status: 'lost', lastState: 'running' },
  { ...facts, status: 'timed-out', limit: 'totalMs' },
  { ...facts, status: 'unauthorized', reason: 'revoked' },
  { ...facts, status: 'rejected', reason: 'bad' },
];

/** A stream that keeps all written text. */
export function aSink(): { write: (text: string) => void; text: () => string } {
  let kept = '';
  return { write: (text) => void (kept += text), text: () => kept };
}
