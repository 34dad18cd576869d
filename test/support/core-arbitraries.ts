import * as fc from 'fast-check';
import { type CancelAnswer, type CancelAsk, cancelAskOf } from '../../src/contract/cancel.ts';
import { FAILURES } from '../../src/polling/failure.ts';
import type { FailureKind } from '../../src/contract/failure.ts';
import type { Snapshot } from '../../src/contract/job.ts';
import type { Limits } from '../../src/contract/limits.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { Route } from '../../src/contract/task-queue.ts';
import type { PollingPolicy } from '../../src/contract/polling-options.ts';
import { type Durations, learn, NO_DURATIONS } from '../../src/polling/durations.ts';
import { changeKeyOf, type Move, type PollMemory, type Trend } from '../../src/polling/memory.ts';
import type { PollResult } from '../../src/polling/evaluate.ts';
import type { TrackEvent } from '../../src/tracking/event.ts';
import { at, HOUR, MINUTE, planOf, SECOND, snapshotOf, T0 } from './core-builders.ts';

const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
/** Delays, often exactly those that the rules use, such as a minute or an hour. */
export const anyDelayMs = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 * SECOND }) },
  { weight: 2, arbitrary: fc.constantFrom(0, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * HOUR }) },
);
const anyMomentMs = anyDelayMs.map((delayMs) => T0 + delayMs);

const LIVE = ['queued', 'running', 'unknown', 'moderated'] as const;
const ENDED = ['completed', 'failed', 'cancelled'] as const;
const anyText = fc.constantFrom('a', 'b');

function snapshotIn(states: readonly Snapshot['state'][]): fc.Arbitrary<Snapshot> {
  const chosen = fc.record({
    state: fc.constantFrom(...states),
    progress: some(fc.integer({ min: 0, max: 100 })),
    stage: some(anyText),
    lastError: some(anyText),
    startedAt: some(fc.constantFrom(at(0), at(1))),
    cancellable: fc.boolean(),
    ranForMs: some(fc.nat(HOUR)),
    later: fc.boolean(),
    half: fc.boolean(),
  });
  return chosen.map(({ later, half, ...rest }) =>
    snapshotOf({ ...rest, scheduled: later && rest.state === 'queued', torn: half && rest.state === 'completed' }),
  );
}

export const anyLiveSnapshot = snapshotIn(LIVE);
const anySnapshot = fc.oneof({ weight: 9, arbitrary: anyLiveSnapshot }, { weight: 1, arbitrary: snapshotIn(ENDED) });

const anyKind = fc.constantFrom(...(Object.keys(FAILURES) as FailureKind[]));
export const anyFailure: fc.Arbitrary<PollResult> = fc.record({
  type: fc.constant('failure' as const),
  kind: anyKind,
  message: anyText,
  retryAfterMs: some(fc.integer({ min: -5, max: 9 * HOUR })),
  edge: fc.boolean(),
});

export function anyPollResult(snapshots: fc.Arbitrary<Snapshot> = anySnapshot): fc.Arbitrary<PollResult> {
  const seen = snapshots.map((snapshot): PollResult => ({ type: 'snapshot', snapshot }));
  return fc.oneof({ weight: 4, arbitrary: seen }, { weight: 1, arbitrary: anyFailure });
}

const anyTimeAllowed = some(fc.constantFrom(SECOND, 5 * SECOND, MINUTE, 5 * MINUTE, HOUR, 5 * HOUR));
export const anyLimits: fc.Arbitrary<Partial<Limits>> = fc.record(
  {
    totalMs: anyTimeAllowed,
    queuedMs: anyTimeAllowed,
    runningMs: anyTimeAllowed,
    stalledMs: anyTimeAllowed,
    onLimit: fc.constantFrom('stop', 'cancel', 'alert'),
  },
  { requiredKeys: [] },
);

export const anyPolicy: fc.Arbitrary<PollingPolicy> = fc
  .record({
    mode: fc.constantFrom('adaptive' as const, 'fixed' as const),
    minIntervalMs: fc.integer({ min: 1_000, max: 100_000 }),
    extraMs: fc.integer({ min: 0, max: 24 * HOUR - 100_000 }),
    intervalMs: fc.integer({ min: 1_000, max: HOUR }),
  })
  .map(({ extraMs, ...policy }) => ({ ...policy, maxIntervalMs: policy.minIntervalMs + extraMs }));

const anyRoute: fc.Arbitrary<Route> = fc.record({
  pool: fc.constantFrom('shared', 'emea'),
  requestsPerMinute: some(fc.constantFrom(5, 60)),
});

export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    canCancel: fc.boolean(),
    accountKnown: fc.boolean(),
    usualMs: some(fc.constant(MINUTE)),
    holdMs: fc.constantFrom(0, 10 * SECOND, 45 * SECOND),
    route: anyRoute,
    limits: anyLimits,
    polling: fc.oneof(fc.constant(planOf().polling), anyPolicy),
  })
  .map((over) => planOf(over));

const anyMove: fc.Arbitrary<Move> = fc.record(
  { atMs: anyMomentMs, progress: fc.double({ min: 0, max: 100, noNaN: true }), perPercentMs: fc.nat(HOUR) },
  { requiredKeys: ['atMs', 'progress'] },
);
export const anyTrend: fc.Arbitrary<Trend> = fc.record({
  runningSinceMs: some(anyMomentMs),
  from: some(anyMove),
  moved: some(anyMove),
  attempt: some(fc.constant(at(0))),
  lookedAtMs: some(anyMomentMs),
  step: some(fc.double({ min: 0.01, max: 100, noNaN: true })),
  marks: fc.array(anyMove, { maxLength: 7 }),
});
/** Durations that a worker may have learnt: similar ones, or very different ones. */
export const anyDurations: fc.Arbitrary<Durations> = fc
  .record({
    typicalMs: fc.integer({ min: 0, max: 48 * HOUR }),
    spread: fc.double({ min: 1, max: 100, noNaN: true }),
    ends: fc.constantFrom(0, 99, 100, 300),
    forecastHit: fc.constantFrom(true, false, null),
  })
  .map(({ typicalMs, spread, ends, forecastHit }) =>
    Array.from({ length: ends }, (_, index) => ({ ranMs: (typicalMs * spread * index) / ends, forecastHit })).reduce(
      learn,
      NO_DURATIONS,
    ),
  );

export const anyMemory: fc.Arbitrary<PollMemory> = fc.record({
  sinceMs: fc.constant(T0),
  polls: fc.nat(1_000),
  lastPollAtMs: some(anyMomentMs),
  nextPollAtMs: some(anyMomentMs),
  expectedEndAtMs: some(anyMomentMs),
  seen: fc.boolean(),
  createdAt: some(fc.constant(at(0))),
  reported: some(anySnapshot.map(changeKeyOf)),
  reportedAtMs: some(anyMomentMs),
  trouble: some(
    fc.record({
      inRow: fc.nat(5_000),
      edgeInRow: fc.nat(5_000),
      sinceMs: anyMomentMs,
      reported: fc.uniqueArray(anyKind),
    }),
  ),
  refusal: some(fc.record({ kind: anyKind, count: fc.nat(9), sinceMs: anyMomentMs })),
  missing: some(fc.record({ count: fc.nat(9), sinceMs: anyMomentMs })),
  torn: fc.boolean(),
  trend: anyTrend,
});

export const anyAsk: fc.Arbitrary<CancelAsk> = fc.oneof(
  fc.record({
    via: fc.constantFrom('signal' as const, 'update' as const),
    reason: some(anyText),
    by: some(anyText),
    id: some(anyText),
  }),
  fc.constant(cancelAskOf('native')),
);

export const anyCancelAnswer: fc.Arbitrary<CancelAnswer> = fc
  .record({
    status: fc.constantFrom('accepted' as const, 'refused' as const, 'unauthorized' as const, 'unanswered' as const),
    attempts: fc.integer({ min: 1, max: 9 }),
    mayHaveWorked: fc.boolean(),
    retryInMs: fc.integer({ min: 1_000, max: MINUTE }),
  })
  .map(({ status, retryInMs, ...facts }): CancelAnswer => {
    if (status === 'accepted') return { ...facts, status };
    return status === 'unanswered'
      ? { ...facts, status, reason: 'down', retryInMs }
      : { ...facts, status, reason: 'no' };
  });

type EventBody = TrackEvent extends infer E ? (E extends TrackEvent ? Omit<E, 'atMs' | 'askedAtMs'> : never) : never;

const anyAnswerFacts = { memory: anyMemory, intervalMs: fc.nat(HOUR), route: anyRoute };
const is = <T extends string>(type: T) => fc.constant(type);

/** Any event. The order is random, so it may be one that no workflow produces. */
const anyEventBody: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ type: is('planned'), plan: anyPlan }),
  fc.record({ type: is('polled'), snapshot: anySnapshot, ...anyAnswerFacts }),
  fc.record({ type: is('polled'), snapshot: anyLiveSnapshot, ...anyAnswerFacts }),
  fc.record({
    type: is('missing'),
    message: anyText,
    final: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    ...anyAnswerFacts,
  }),
  fc.record({
    type: is('degraded'),
    kind: anyKind,
    message: anyText,
    sinceMs: fc.constant(T0),
    final: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    ...anyAnswerFacts,
  }),
  fc.record({ type: is('unserved'), message: anyText }),
  fc.record({ type: is('moved'), route: anyRoute }),
  fc.record({ type: is('cancelAsked'), ask: anyAsk }),
  fc.record({ type: is('cancelSent') }),
  fc.record({ type: is('cancelAnswered'), answer: anyCancelAnswer }),
  fc.record({ type: is('limitsSet'), limits: anyLimits }),
  fc.record({ type: is('refreshAsked') }),
  fc.record({ type: is('resumed') }),
  fc.record({ type: is('timePassed') }),
);

/** Any events. Each comes at the same time as the one before it, or later. */
export const anyEvents: fc.Arbitrary<TrackEvent[]> = fc
  .array(fc.tuple(anyDelayMs, fc.nat(90 * SECOND), anyEventBody), { maxLength: 25 })
  .map((steps) => {
    let atMs = T0;
    return steps.map(([delayMs, askedBeforeMs, body]) => {
      atMs += delayMs;
      return { ...body, atMs, askedAtMs: atMs - askedBeforeMs } as TrackEvent;
    });
  });
