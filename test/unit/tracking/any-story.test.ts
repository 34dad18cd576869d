import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Snapshot } from '../../../src/contract/job.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { PollingPolicy } from '../../../src/contract/polling-options.ts';
import type { PollResult } from '../../../src/polling/evaluate.ts';
import { anyPlan, anyPollResult } from '../../support/core-arbitraries.ts';
import {
  cancelledThere,
  completed,
  HOUR,
  MINUTE,
  moderated,
  planOf,
  RUNS,
  SECOND,
  outcomeIn,
} from '../../support/core-builders.ts';
import { anyMove, type Move, World } from '../../support/core-world.ts';

vi.setConfig({ testTimeout: 120_000 }); // each property runs a thousand times, and the machine may be busy

function lived(plan: Plan, moves: readonly Move[]): World {
  const world = new World(plan);
  for (const move of moves) world.make(move);
  return world;
}

const anyMoves = fc.array(anyMove(), { maxLength: 30 });
const look = (snapshot: Snapshot): Move => ({
  do: 'look',
  reading: { type: 'snapshot', snapshot },
  latencyMs: 50,
  chance: 0,
});
const times = (count: number, move: Move): Move[] => Array.from({ length: count }, () => move);

/** @returns the shortest and the longest interval that may follow a poll result */
function promised(policy: PollingPolicy, reading: PollResult, missing: boolean): [leastMs: number, mostMs: number] {
  const { mode, minIntervalMs, maxIntervalMs, intervalMs } = policy;
  if (missing || (reading.type === 'failure' && reading.kind === 'not-found')) return [15 * SECOND, 30 * SECOND];
  if (reading.type === 'failure') return [SECOND, reading.retryAfterMs === null ? 5 * MINUTE : HOUR];
  if (reading.snapshot.state === 'moderated') return [MINUTE, MINUTE];
  // After an accepted cancel the job is polled at the shortest interval, also with a fixed policy.
  return mode === 'fixed'
    ? [Math.min(minIntervalMs, intervalMs), Math.max(minIntervalMs, intervalMs)]
    : [minIntervalMs, maxIntervalMs];
}

describe('a job that is polled, with any events', () => {
  test('I6: there is at most one outcome, and it stays', () => {
    fc.assert(
      fc.property(anyPlan, fc.array(anyMove(anyPollResult()), { maxLength: 30 }), (plan, moves) => {
        const { steps, track } = lived(plan, moves);
        const ended = steps
          .filter((step) => outcomeIn(step.track) !== null)
          .map((step) => JSON.stringify(outcomeIn(step.track)));
        expect(new Set(ended).size).toBeLessThanOrEqual(1);
        if (ended.length > 0) expect(JSON.stringify(outcomeIn(track))).toBe(ended[0]);
      }),
      { numRuns: RUNS },
    );
  });

  test('the number of counted polls never falls', () => {
    fc.assert(
      fc.property(anyPlan, anyMoves, (plan, moves) => {
        for (const { before, track } of lived(plan, moves).steps) {
          expect(track.polling.memory.polls).toBeGreaterThanOrEqual(before.polling.memory.polls);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('I7: it is polled again within the promised interval, except at times that have their own rules', () => {
    fc.assert(
      fc.property(anyPlan, anyMoves, (plan, moves) => {
        for (const { request, reading, result } of lived(plan, moves).weighed) {
          const [least, most] = promised(request.policy, reading, result.answer?.type === 'missing');
          expect(result.intervalMs).toBeGreaterThanOrEqual(least);
          expect(result.intervalMs).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('I4: a cancel that was asked for is sent as soon as time passes', () => {
    const asking: Move = {
      do: 'event',
      event: { type: 'cancelAsked', ask: { via: 'signal', reason: null, by: null, id: 'new' } },
    };
    fc.assert(
      fc.property(anyPlan, anyMoves, (plan, moves) => {
        const { track } = lived({ ...plan, canCancel: true }, [...moves, asking, { do: 'pass', ms: 0 }]);
        fc.pre(outcomeIn(track) === null);
        const { cancel } = track;
        const isChecked = cancel.phase === 'requested' && (cancel.call.is !== 'idle' || cancel.checkSinceMs !== null);
        const carried = isChecked || cancel.phase === 'accepted';
        expect([cancel.phase, carried]).toEqual([expect.stringMatching(/requested|accepted/), true]);
      }),
      { numRuns: RUNS },
    );
  });

  test('the end of a job is noticed', () => {
    fc.assert(
      fc.property(anyPlan, anyMoves, fc.constantFrom(completed, cancelledThere), (plan, moves, snapshot) => {
        expect(outcomeIn(lived(plan, [...moves, ...times(4, look(snapshot))]).track)).not.toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  // A poll that began before the minute is over does not count, and a cancel has its own polls. So twelve polls are needed.
  test('a job that stays moderated ends', () => {
    fc.assert(
      fc.property(anyPlan, anyMoves, (plan, moves) => {
        expect(outcomeIn(lived(plan, [...moves, ...times(12, look(moderated))]).track)).not.toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  test('a job that the service has removed ends', () => {
    const gone: Move = {
      do: 'look',
      reading: { type: 'failure', kind: 'not-found', message: 'gone', retryAfterMs: null, edge: false },
      latencyMs: 50,
      chance: 0,
    };
    fc.assert(
      fc.property(anyPlan, anyMoves, (plan, moves) => {
        expect(outcomeIn(lived(plan, [...moves, ...times(8, gone)]).track)).not.toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  test('a total limit that stops ends it a minute later, even if nothing can be read (P16)', () => {
    const limits = { totalMs: HOUR, queuedMs: null, runningMs: null, onLimit: 'stop' } as const;
    const anyButLimits = anyMove().filter((move) => move.do !== 'event' || move.event.type !== 'limitsSet');
    fc.assert(
      fc.property(fc.array(anyButLimits, { maxLength: 20 }), (moves) => {
        const { track } = lived(planOf({ limits }), [...moves, { do: 'pass', ms: HOUR + MINUTE }]);
        expect(
          outcomeIn(track) !== null || track.status.snapshot?.scheduled === true || track.status.scheduledMs > 0,
        ).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('an unconfirmed native cancel ends it within an hour of being accepted', () => {
    const native: Move = {
      do: 'event',
      event: { type: 'cancelAsked', ask: { via: 'native', reason: null, by: null, id: null } },
    };
    const accepted: Move = { do: 'reply', answer: { status: 'accepted', attempts: 1, mayHaveWorked: false } };
    fc.assert(
      fc.property(anyPlan, anyMoves, (plan, moves) => {
        const world = lived({ ...plan, canCancel: true }, [...moves, native, { do: 'pass', ms: MINUTE }, accepted]);
        fc.pre(outcomeIn(world.track) === null && world.track.cancel.phase === 'accepted');
        world.make({ do: 'pass', ms: HOUR });
        expect(outcomeIn(world.track)).toMatchObject({ status: expect.stringMatching(/abandoned|timed-out/) });
      }),
      { numRuns: RUNS },
    );
  });
});
