import { describe, expect, test } from 'vitest';
import { decide, interrupts } from '../../../src/tracking/decide.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import type { TrackEvent } from '../../../src/tracking/event.ts';
import {
  after,
  asked,
  cancelOf,
  degraded,
  draft,
  HOUR,
  limitsSet,
  MINUTE,
  missed,
  moderated,
  passed,
  polled,
  queued,
  refreshed,
  refusedAt,
  SECOND,
  since,
  T0,
  tracked,
  tried,
} from '../../support/core-builders.ts';

// Cases that look similar but differ. Each of these tests finds a mistake that no other test found.

const notes = (track: ReturnType<typeof tracked>): (string | undefined)[] =>
  track.journal.timeline.map(({ note }) => note);
const refusedThrice = [61, 62, 63].flatMap((minute) => refusedAt(minute * MINUTE));

describe('a change of progress', () => {
  const limits = { totalMs: HOUR, stalledMs: 20 * MINUTE, onLimit: 'alert' } as const;
  const alerted = after(tracked({ limits }), polled(45 * MINUTE), passed(HOUR), passed(65 * MINUTE));

  test('ends a stall, and no other alert', () => {
    expect(alerted.limits.fired.toSorted()).toEqual(['stalledMs', 'totalMs']);
    const track = after(alerted, polled(66 * MINUTE, { progress: 50 }));
    expect([track.limits.fired, track.limits.stalledSinceMs, healthOf(track).status]).toEqual([
      ['totalMs'],
      null,
      'overdue',
    ]);
  });

  test('does not send a refused cancel again that only a caller requested', () => {
    const onCancel = { totalMs: 5 * HOUR, stalledMs: null, onLimit: 'cancel' } as const;
    const refused = after(tracked({ limits: onCancel }), polled(MINUTE), asked(HOUR), ...refusedThrice);
    expect(cancelOf(after(refused, polled(70 * MINUTE, { progress: 50 })))).toMatchObject({ phase: 'refused' });
  });

  test('does not send a refused cancel again if the passed limit has the rule stop', () => {
    const onStop = { totalMs: 65 * MINUTE, stalledMs: null, onLimit: 'stop' } as const;
    const refused = after(tracked({ limits: onStop }), polled(MINUTE), asked(HOUR), ...refusedThrice);
    const late = polled(65 * MINUTE + SECOND, { progress: 50 }, { askedAfterMs: 65 * MINUTE - SECOND });
    const track = after(refused, passed(65 * MINUTE), late);
    expect([track.limits.passed?.limit, cancelOf(track).phase]).toEqual(['totalMs', 'refused']);
  });

  test('does not change a cancel that a limit requested and the service accepted', () => {
    const onCancel = { totalMs: HOUR, stalledMs: null, onLimit: 'cancel' } as const;
    const accepted = after(tracked({ limits: onCancel }), polled(MINUTE), passed(HOUR), ...tried(HOUR, 'accepted'));
    const track = after(accepted, polled(HOUR + MINUTE, { progress: 50 }));
    expect([track.cancel, track.polling.interrupts]).toEqual([accepted.cancel, accepted.polling.interrupts]);
  });
});

describe('a new state', () => {
  const late = (afterMs: number, askedAfterMs: number): TrackEvent => polled(afterMs, {}, { askedAfterMs });

  test('ends the effect of the limit of the old state', () => {
    const limits = { totalMs: null, stalledMs: null, queuedMs: HOUR };
    const track = after(tracked({ limits }), polled(0, queued), passed(HOUR), late(HOUR + SECOND, HOUR - SECOND));
    expect([track.limits.passed, track.limits.fired]).toEqual([null, []]);
  });

  test('does not end the effect of the total limit', () => {
    const limits = { totalMs: HOUR, stalledMs: null };
    const track = after(tracked({ limits }), polled(0, queued), passed(HOUR), late(HOUR + SECOND, HOUR - SECOND));
    expect([track.limits.passed, track.limits.fired]).toEqual([{ limit: 'totalMs', atMs: T0 + HOUR }, ['totalMs']]);
  });

  test('does not make the total limit pass again', () => {
    const limits = { totalMs: HOUR, stalledMs: null, onLimit: 'cancel' } as const;
    const accepted = after(tracked({ limits }), polled(0, queued), passed(HOUR), ...tried(HOUR, 'accepted'));
    expect(after(accepted, polled(HOUR + MINUTE)).polling.interrupts).toBe(accepted.polling.interrupts);
  });

  test('resets the alerts of the old state, and not that of the total limit', () => {
    const limits = { totalMs: HOUR, stalledMs: null, queuedMs: 30 * MINUTE, onLimit: 'alert' } as const;
    const alerted = after(tracked({ limits }), polled(0, queued), passed(30 * MINUTE), passed(HOUR));
    expect(alerted.limits.fired.toSorted()).toEqual(['queuedMs', 'totalMs']);
    expect(after(alerted, polled(2 * HOUR)).limits.fired).toEqual(['totalMs']);
  });

  test('does not hide that the service refuses the cancel of a limit', () => {
    const limits = { totalMs: null, stalledMs: null, runningMs: HOUR, onLimit: 'cancel' } as const;
    const refused = after(tracked({ limits }), polled(0), passed(HOUR), ...refusedThrice);
    expect(healthOf(refused).status).toBe('overdue');
    expect(after(refused, polled(70 * MINUTE, { state: 'unknown' })).limits.overdue).toEqual(refused.limits.overdue);
  });
});

describe('what is due', () => {
  test('for a waiting refresh is not delayed by an older answer', () => {
    const twice = after(tracked(), polled(SECOND), refreshed(MINUTE), refreshed(MINUTE + 500));
    expect(since(twice.polling.dueAtMs)).toBe(MINUTE + 2 * SECOND);
    const older = polled(MINUTE + 600, {}, { askedAfterMs: MINUTE - 100, intervalMs: SECOND });
    expect(since(after(twice, older).polling.dueAtMs)).toBe(MINUTE + 1_600);
  });

  test('is a poll of a moderated job, as soon as its minute is over', () => {
    const held = after(tracked(), polled(SECOND, moderated, { intervalMs: 10 * MINUTE }));
    expect(decide(held, T0 + 61 * SECOND)).toMatchObject({ do: 'wait' });
    const track = after(held, passed(61 * SECOND));
    expect(decide(track, T0 + 61 * SECOND)).toMatchObject({
      do: 'poll',
      request: { firstWaitMs: 0, report: 'answer' },
    });
    expect(interrupts(held, track)).toBe(true);
  });

  test('is not a poll of a moderated job, if another timer fires before its minute is over', () => {
    const held = after(tracked(), polled(SECOND, moderated, { intervalMs: 10 * MINUTE }));
    expect(interrupts(held, after(held, passed(50 * SECOND)))).toBe(false);
  });

  test('for a cancel that came too early does not come earlier by a miss', () => {
    const early = after(tracked(), polled(SECOND, draft), asked(10 * SECOND), ...tried(10 * SECOND, 'refused'));
    const looked = after(early, polled(11 * SECOND, draft, { askedAfterMs: 10_200 }));
    const due = cancelOf(looked).dueAfterMs;
    expect(due).toBeGreaterThan(20 * SECOND);
    expect(cancelOf(after(looked, missed(20 * SECOND))).dueAfterMs).toBe(due);
  });

  test('for a refused cancel does not come earlier by a change after a miss: the cancel did not come too early', () => {
    const refused = after(tracked(), polled(SECOND), asked(10 * SECOND), ...tried(10 * SECOND, 'refused'));
    const gone = after(refused, missed(11 * SECOND));
    const back = after(gone, polled(12 * SECOND, { progress: 50 }));
    expect(cancelOf(back).dueAfterMs).toBe(cancelOf(gone).dueAfterMs);
  });

  test('for the check of a refusal is not done by a miss of an older poll', () => {
    const refused = after(tracked(), polled(SECOND), asked(10 * SECOND), ...tried(10 * SECOND, 'refused'));
    const older = after(refused, missed(11 * SECOND, false, { askedAfterMs: 9 * SECOND }));
    expect(older.cancel).toHaveProperty('checkSinceMs', T0 + 10 * SECOND + 100);
  });

  test('is a reported answer, as long as a refusal waits for its check', () => {
    const refused = after(tracked(), polled(SECOND), asked(10 * SECOND), ...tried(10 * SECOND, 'refused'));
    const noUrgency = { ...refused, polling: { ...refused.polling, urgentSinceMs: null } };
    expect(decide(noUrgency, T0 + 11 * SECOND)).toMatchObject({ do: 'poll', request: { report: 'answer' } });
  });
});

describe('a cancel', () => {
  const accepted = after(tracked(), polled(SECOND), asked(10 * SECOND), ...tried(10 * SECOND, 'accepted'));

  test('that is accepted again interrupts nothing', () => {
    const looked = after(accepted, polled(12 * SECOND));
    expect(interrupts(looked, after(looked, ...tried(10 * MINUTE + 10 * SECOND, 'accepted')))).toBe(false);
  });

  test('that was never confirmed does not make polls more frequent any more', () => {
    const given = after(accepted, polled(12 * SECOND), passed(62 * MINUTE));
    expect(given.cancel).toMatchObject({ phase: 'refused', unconfirmed: true });
    expect(decide(given, T0 + 62 * MINUTE)).toMatchObject({ do: 'poll', request: { cancel: null } });
  });
});

describe('limits that are set', () => {
  const limits = { totalMs: HOUR, stalledMs: 20 * MINUTE, onLimit: 'alert' } as const;
  const alerted = after(tracked({ limits }), polled(45 * MINUTE), passed(HOUR), passed(65 * MINUTE));

  test('for a stall do not change the alert of the total limit', () => {
    const track = after(alerted, limitsSet(66 * MINUTE, { stalledMs: 2 * HOUR }));
    expect([track.limits.fired, track.limits.overdue, track.limits.stalledSinceMs]).toEqual([
      ['totalMs'],
      alerted.limits.overdue,
      null,
    ]);
  });

  test('with another rule do not change a stall', () => {
    const track = after(alerted, limitsSet(66 * MINUTE, { onLimit: 'cancel' }));
    expect(track.limits.fired).toContain('stalledMs');
    expect(track.limits.stalledSinceMs).toBe(alerted.limits.stalledSinceMs);
  });

  test('after the plan are not kept for the plan', () => {
    expect(after(alerted, limitsSet(66 * MINUTE, { totalMs: 2 * HOUR })).limits.asked).toBeNull();
  });
});

describe('the timeline', () => {
  test('notes trouble of another kind, even if health was degraded before', () => {
    const track = after(
      tracked(),
      polled(SECOND),
      degraded(MINUTE),
      degraded(2 * MINUTE, { message: 'HTTP 401', kind: 'unauthorized' }),
    );
    expect(notes(track)).toEqual([undefined, 'health degraded: HTTP 503', 'health degraded: HTTP 401']);
  });

  test('notes a stall, and its end', () => {
    const track = after(tracked(), polled(SECOND), passed(HOUR), polled(HOUR + MINUTE, { progress: 3 }));
    expect(notes(track).slice(1)).toEqual([expect.stringContaining('health stalled'), 'health ok']);
  });
});
