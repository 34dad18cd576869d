import { describe, expect, test } from 'vitest';
import { wakeAtMs } from '../../../src/tracking/decide.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import { DEFAULT_LIMITS, limitsProblems } from '../../../src/contract/limits.ts';
import { begin } from '../../../src/tracking/track.ts';
import {
  after,
  DEEPWRITER,
  HOUR,
  limitsSet,
  MINUTE,
  passed,
  planOf,
  polled,
  queued,
  SECOND,
  since,
  snapshotOf,
  T0,
  tracked,
  outcomeIn,
} from '../../support/core-builders.ts';

const limits = { totalMs: HOUR, stalledMs: null };
const running = () => after(tracked({ limits }), polled(SECOND));

describe('limits set while tracking', () => {
  test('replace the existing ones', () => {
    const track = after(running(), limitsSet(MINUTE, { queuedMs: 5_000, totalMs: undefined }));
    expect(track.limits.allowed).toEqual({ ...DEFAULT_LIMITS, ...limits, queuedMs: 5_000 });
  });

  test.each([
    ['longer', { totalMs: 3 * HOUR }, 3 * HOUR],
    ['shorter', { totalMs: 10 * MINUTE }, 10 * MINUTE],
    ['removed', { totalMs: null }, null],
    ['for another state', { runningMs: 30 * MINUTE }, 30 * MINUTE + SECOND],
  ])('%s count from now on', (_, given, expected) => {
    expect(since(wakeAtMs(after(running(), limitsSet(MINUTE, given)), T0 + MINUTE))).toBe(expected);
  });

  test('shorter than the elapsed time have passed at once, and await an answer', () => {
    const track = after(running(), limitsSet(30 * MINUTE, { totalMs: 10 * MINUTE }));
    expect([track.limits.passed, outcomeIn(track)]).toEqual([{ limit: 'totalMs', atMs: T0 + 30 * MINUTE }, null]);
  });

  test('that are longer undo a passed limit that awaits its answer', () => {
    const track = after(
      running(),
      passed(HOUR),
      limitsSet(HOUR + SECOND, { totalMs: 2 * HOUR }),
      passed(HOUR + 5 * MINUTE),
    );
    expect([track.limits.passed, outcomeIn(track)]).toEqual([null, null]);
    expect(after(track, passed(2 * HOUR)).limits.passed?.limit).toBe('totalMs');
  });

  test('that do not change a passed limit do not undo it', () => {
    const track = after(running(), passed(HOUR), limitsSet(HOUR + SECOND, { queuedMs: HOUR, totalMs: HOUR }));
    expect(outcomeIn(after(track, passed(HOUR + MINUTE)))).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
  });

  test('that lengthen one of two passed limits do not undo the other', () => {
    const both = { ...limits, queuedMs: HOUR - 10 * SECOND };
    const track = after(tracked({ limits: both }), polled(0, queued), passed(HOUR - 10 * SECOND), passed(HOUR));
    const set = after(track, limitsSet(HOUR + SECOND, { queuedMs: 9 * HOUR }), passed(HOUR + 2 * MINUTE));
    expect(outcomeIn(set)).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
  });

  test('that lengthen one of two limits with an alert do not end the other alert', () => {
    const rule = { ...limits, queuedMs: 30 * MINUTE, onLimit: 'alert' } as const;
    const track = after(tracked({ limits: rule }), polled(0, queued), passed(30 * MINUTE), passed(HOUR));
    const set = after(track, limitsSet(HOUR + SECOND, { queuedMs: 9 * HOUR }));
    expect(healthOf(set)).toMatchObject({ status: 'overdue', error: 'totalMs has passed' });
  });

  test('that lengthen the passed limit of an earlier state undo its end', () => {
    const rule = { totalMs: null, stalledMs: null, queuedMs: HOUR, onLimit: 'cancel' } as const;
    const track = after(tracked({ limits: rule }), polled(0, queued), passed(HOUR), polled(HOUR + SECOND));
    const set = after(track, limitsSet(HOUR + 2 * SECOND, { queuedMs: 9 * HOUR }), passed(3 * HOUR));
    expect([track.limits.passed?.limit, set.limits.passed, outcomeIn(set)]).toEqual(['queuedMs', null, null]);
  });

  test('that change the rule of a passed limit apply the new rule to it', () => {
    const track = after(running(), passed(HOUR), limitsSet(HOUR + SECOND, { onLimit: 'cancel' }));
    expect([track.cancel.phase, track.limits.passed]).toEqual([
      'requested',
      { limit: 'totalMs', atMs: T0 + HOUR + SECOND },
    ]);
    expect(outcomeIn(after(track, passed(HOUR + 2 * MINUTE)))).toBeNull();
  });

  test('that are longer end a stall, and that are shorter begin one', () => {
    const stalling = after(tracked(), polled(0, snapshotOf()), passed(30 * MINUTE));
    const longer = after(stalling, limitsSet(31 * MINUTE, { stalledMs: HOUR }));
    const shorter = after(longer, limitsSet(32 * MINUTE, { stalledMs: 5 * MINUTE }));
    expect([stalling, longer, shorter].map((track) => healthOf(track).status)).toEqual(['stalled', 'ok', 'stalled']);
  });

  test('before the plan stay after it', () => {
    const early = after(
      begin({ job: DEEPWRITER }, T0),
      limitsSet(0, { totalMs: 2 * HOUR }),
      limitsSet(1, { queuedMs: HOUR }),
    );
    const plan = planOf({ limits: { totalMs: 9 * HOUR, queuedMs: 3 * HOUR, runningMs: 4 * HOUR } });
    const track = after(early, { type: 'planned', plan, atMs: T0 + SECOND });
    expect(early.limits.allowed).toEqual({ ...DEFAULT_LIMITS, totalMs: 2 * HOUR, queuedMs: HOUR });
    expect(track.limits.allowed).toEqual({ ...DEFAULT_LIMITS, totalMs: 2 * HOUR, queuedMs: HOUR, runningMs: 4 * HOUR });
  });
});

describe('a wrong value as limits', () => {
  const number = 'must be null or whole milliseconds from 1000 to 31622400000';

  test.each([
    ['a list', [1], [['limits', 'must be an object']]],
    ['a text for a time', { totalMs: '2h' }, [['limits.totalMs', number]]],
    ['zero', { queuedMs: 0 }, [['limits.queuedMs', number]]],
    ['below a second', { queuedMs: 999 }, [['limits.queuedMs', number]]],
    ['a negative time', { runningMs: -5 }, [['limits.runningMs', number]]],
    ['a part of a millisecond', { stalledMs: 5_000.5 }, [['limits.stalledMs', number]]],
    ['NaN', { stalledMs: Number.NaN }, [['limits.stalledMs', number]]],
    ['over 366 days', { totalMs: 400 * 24 * HOUR }, [['limits.totalMs', number]]],
    ['an unknown rule', { onLimit: 'explode' }, [['limits.onLimit', 'must be one of stop, cancel, alert']]],
    ['an unknown limit', { totlaMs: 5_000 }, [['limits.totlaMs', 'is not known']]],
  ])('is refused with the name of each field: %s', (_, given, expected) => {
    const problems = limitsProblems(given, 'limits');
    expect(problems).toEqual(expected.map(([field, problem]) => ({ field, problem })));
  });

  test.each([
    undefined,
    null,
    {},
    { onLimit: null },
    { totalMs: null },
    { totalMs: 1_000, onLimit: 'alert' },
    { totalMs: undefined },
  ])('is not refused if it is right: %j', (given) => {
    expect(limitsProblems(given, 'limits')).toEqual([]);
  });
});
