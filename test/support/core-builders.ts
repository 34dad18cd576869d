import { apply } from '../../src/tracking/apply.ts';
import { type CancelAnswer, type CancelAsk, cancelAskOf } from '../../src/contract/cancel.ts';
import { callDueAtMs, cancelStateOf } from '../../src/tracking/state/cancel/facts.ts';
import { outcomeOf } from '../../src/tracking/state/end.ts';
import { isoOf } from '../../src/contract/json.ts';
import type { JobRef, Snapshot } from '../../src/contract/job.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/contract/limits.ts';
import type { JobOutcome } from '../../src/contract/outcome.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import { changeKeyOf, emptyMemory, type PollAnswer, type PollMemory } from '../../src/polling/memory.ts';
import type { TrackEvent } from '../../src/tracking/event.ts';
import { begin, type Track } from '../../src/tracking/track.ts';

/** The number of runs of a property. `PROPERTY_RUNS=20000` is for a long run, for example at night. */
export const RUNS = Number(process.env['PROPERTY_RUNS'] ?? '') || 1_000;

/** All stories begin at this moment. The times of events are in ms since then. */
export const T0 = Date.UTC(2026, 0, 1);
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const UUID = '6ac3f1de-2c5b-4b0e-9a52-0f3a5d1c7e42';

export const DOCSWRITE: JobRef = { provider: 'docswrite', jobId: '42', account: 'default', queueType: 'post' };
export const DEEPWRITER: JobRef = { provider: 'deepwriter', jobId: UUID, account: 'default' };

/** @returns the time `afterMs` after the start of the story, as our JSON writes it */
export function at(afterMs: number): string {
  return isoOf(T0 + afterMs) ?? '';
}

export function planOf(over: Partial<Omit<Plan, 'limits'>> & { limits?: Partial<Limits> } = {}): Plan {
  return {
    job: DEEPWRITER,
    labels: { team: 'books' },
    polling: DEFAULT_POLLING,
    canCancel: true,
    usualMs: null,
    holdMs: 10 * SECOND,
    searchAttributes: true,
    accountKnown: true,
    continueAfterEvents: 2_000,
    ...over,
    limits: { ...DEFAULT_LIMITS, ...over.limits },
  };
}

/** @returns a track with a plan. Default: a DeepWriter job */
export function tracked(over: Parameters<typeof planOf>[0] = {}): Track {
  const plan = planOf(over);
  return apply(begin({ job: plan.job, labels: plan.labels }, T0), { type: 'planned', plan, atMs: T0 });
}

export function trackedAtDocswrite(over: Parameters<typeof planOf>[0] = {}): Track {
  return tracked({ job: DOCSWRITE, canCancel: false, usualMs: MINUTE, ...over });
}

export function after(track: Track, ...events: readonly TrackEvent[]): Track {
  return events.reduce(apply, track);
}

export function snapshotOf(over: Partial<Snapshot> = {}): Snapshot {
  return {
    state: 'running',
    providerState: over.state ?? 'running',
    progress: null,
    stage: null,
    title: null,
    message: null,
    lastError: null,
    details: {},
    createdAt: null,
    startedAt: null,
    finishedAt: null,
    scheduled: false,
    cancellable: true,
    result: null,
    reason: null,
    torn: false,
    ranForMs: null,
    ...over,
  };
}

export const completed = snapshotOf({
  state: 'completed',
  progress: 100,
  finishedAt: at(0),
  result: {
    value: { url: 'https://example.com/42' },
    link: 'https://example.com/42',
    warnings: ['one image is missing'],
  },
});
export const failed = snapshotOf({ state: 'failed', reason: 'out of paper' });
export const cancelledThere = snapshotOf({ state: 'cancelled' });
export const moderated = snapshotOf({ state: 'moderated', reason: 'violence' });
export const queued = snapshotOf({ state: 'queued' });
export const scheduled = snapshotOf({ state: 'queued', stage: 'scheduled', scheduled: true });
export const draft = snapshotOf({ state: 'queued', providerState: 'draft', cancellable: false });

interface PolledFacts {
  /** The start of the poll, in ms. Default: 100 ms before the answer. */
  askedAfterMs?: number;
  intervalMs?: number;
  memory?: Partial<PollMemory>;
}

export function polled(afterMs: number, snapshot: Partial<Snapshot> = {}, facts: PolledFacts = {}): TrackEvent {
  const full = snapshotOf(snapshot);
  const reported = { reported: changeKeyOf(full), reportedAtMs: T0 + afterMs, seen: true };
  return { type: 'polled', snapshot: full, ...answerFacts(afterMs, facts, reported) };
}

export function missed(afterMs: number, final = false, facts: PolledFacts = {}): TrackEvent {
  return { type: 'missing', message: 'Job not found', final, ...answerFacts(afterMs, facts, {}) };
}

type Degraded = Extract<PollAnswer, { type: 'degraded' }>;

export function degraded(afterMs: number, over: Partial<Degraded> = {}, facts: PolledFacts = {}): TrackEvent {
  const trouble = { kind: 'unavailable', message: 'HTTP 503', sinceMs: T0 + afterMs, final: false } as const;
  return { type: 'degraded', ...trouble, ...answerFacts(afterMs, facts, {}), ...over };
}

function answerFacts(afterMs: number, facts: PolledFacts, known: Partial<PollMemory>) {
  const atMs = T0 + afterMs;
  const memory = { ...emptyMemory(T0), polls: 7, lastPollAtMs: atMs, ...known, ...facts.memory };
  const askedAtMs = T0 + (facts.askedAfterMs ?? Math.max(0, afterMs - 100));
  return { memory, intervalMs: facts.intervalMs ?? 2 * SECOND, askedAtMs, atMs };
}

export function unserved(afterMs: number): TrackEvent {
  return { type: 'unserved', message: 'no worker serves account default', atMs: T0 + afterMs };
}

export function moved(afterMs: number, pool: string): TrackEvent {
  return { type: 'moved', route: { pool, requestsPerMinute: null }, atMs: T0 + afterMs };
}

export function asked(afterMs: number, via: CancelAsk['via'] = 'signal', given?: unknown): TrackEvent {
  return { type: 'cancelAsked', ask: cancelAskOf(via, given), atMs: T0 + afterMs };
}

export function sent(afterMs: number): TrackEvent {
  return { type: 'cancelSent', atMs: T0 + afterMs };
}

type Said = CancelAnswer['status'];

export function heard(
  afterMs: number,
  status: Said,
  over: { attempts?: number; mayHaveWorked?: boolean } = {},
): TrackEvent {
  const facts = { attempts: 1, mayHaveWorked: status === 'unanswered', ...over };
  const reason = `the service said: ${status}`;
  const answer: CancelAnswer =
    status === 'accepted'
      ? { status, ...facts }
      : status === 'unanswered'
        ? { status, reason, retryInMs: 4 * SECOND, ...facts }
        : { status, reason, ...facts };
  return { type: 'cancelAnswered', answer, atMs: T0 + afterMs };
}

/** A cancel that is sent, and answered after 100 ms. */
export function tried(afterMs: number, status: Said, over: Parameters<typeof heard>[2] = {}): TrackEvent[] {
  return [sent(afterMs), heard(afterMs + 100, status, over)];
}

/** A cancel that the service refuses, and a poll after it that finds no change. */
export function refusedAt(afterMs: number): TrackEvent[] {
  return [...tried(afterMs, 'refused'), polled(afterMs + SECOND, {}, { askedAfterMs: afterMs + 200 })];
}

export function limitsSet(afterMs: number, limits: Partial<Limits>): TrackEvent {
  return { type: 'limitsSet', limits, atMs: T0 + afterMs };
}

export function refreshed(afterMs: number): TrackEvent {
  return { type: 'refreshAsked', atMs: T0 + afterMs };
}

export function resumed(afterMs: number): TrackEvent {
  return { type: 'resumed', atMs: T0 + afterMs };
}

export function passed(afterMs: number): TrackEvent {
  return { type: 'timePassed', atMs: T0 + afterMs };
}

/** @returns the state of the cancel that callers see, and when the next call is due, in ms since the start */
export function cancelOf(track: Track) {
  const dueAtMs = track.end.is === 'open' ? callDueAtMs(track.cancel) : null;
  return { ...cancelStateOf(track.cancel), dueAfterMs: since(dueAtMs) };
}

/** @returns how tracking ended; null: it has not ended, or the input was refused */
export function outcomeIn({ end }: Track): JobOutcome | null {
  return outcomeOf(end);
}

/** @returns the time since the start of the story, in ms */
export function since(ms: number | null): number | null {
  return ms === null ? null : ms - T0;
}

/** @returns the fields that all outcomes have, for a job that ended `afterMs` after the start */
export function factsOf(track: Track, afterMs: number, polls = 7) {
  return {
    job: track.request.job,
    labels: track.request.labels,
    polls,
    trackedForMs: afterMs,
    finishedAt: null,
    detectedAt: at(afterMs),
  };
}
