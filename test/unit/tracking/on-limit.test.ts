import { describe, expect, test } from 'vitest';
import { cancelDueAtMs, interrupts, wakeAtMs } from '../../../src/tracking/decide.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import {
  after,
  asked,
  at,
  cancelledThere,
  cancelOf,
  factsOf,
  HOUR,
  limitsSet,
  MINUTE,
  passed,
  polled,
  queued,
  refusedAt,
  SECOND,
  since,
  snapshotOf,
  T0,
  tracked,
  trackedAtDocswrite,
  tried,
  outcomeIn,
} from '../../support/core-builders.ts';

const base = { totalMs: HOUR, stalledMs: null };
const running = (afterMs: number) => polled(afterMs, snapshotOf());

describe('a limit that alerts', () => {
  const limits = { ...base, onLimit: 'alert' } as const;
  const alerted = () => after(tracked({ limits }), running(SECOND), passed(HOUR));

  test('shows in health, once, and tracking goes on', () => {
    const track = after(alerted(), running(2 * HOUR), running(3 * HOUR));
    expect(healthOf(track)).toEqual({ status: 'overdue', since: at(HOUR), error: 'totalMs has passed' });
    expect([outcomeIn(track), track.cancel.phase, wakeAtMs(track, T0 + 3 * HOUR)]).toEqual([null, 'none', null]);
  });

  test('interrupts nothing', () => {
    const before = after(tracked({ limits }), running(SECOND));
    expect(interrupts(before, after(before, passed(HOUR)))).toBe(false);
  });

  test('of a state has no effect after that state', () => {
    const rule = { ...limits, totalMs: null, queuedMs: HOUR };
    const track = after(tracked({ limits: rule }), polled(0, queued), passed(HOUR));
    expect(healthOf(track)).toEqual({ status: 'overdue', since: at(HOUR), error: 'queuedMs has passed' });
    expect(healthOf(after(track, running(2 * HOUR))).status).toBe('ok');
  });

  test('is reported by the first limit that passed', () => {
    const track = after(
      tracked({ limits: { ...limits, queuedMs: MINUTE } }),
      polled(0, queued),
      passed(MINUTE),
      passed(HOUR),
    );
    expect(healthOf(track)).toEqual({ status: 'overdue', since: at(MINUTE), error: 'queuedMs has passed' });
  });

  test('of the total stays in any state', () => {
    expect(healthOf(after(alerted(), polled(2 * HOUR, queued))).status).toBe('overdue');
  });
});

describe('a limit that stops', () => {
  test('ends with the first limit that passed, even if another passes during the wait for the answer', () => {
    const both = { ...base, queuedMs: HOUR - 10 * SECOND };
    const track = after(tracked({ limits: both }), polled(0, queued), passed(HOUR - 10 * SECOND), passed(HOUR));
    expect(outcomeIn(track)).toBeNull();
    expect(outcomeIn(after(track, passed(HOUR + 50 * SECOND)))).toMatchObject({
      status: 'timed-out',
      limit: 'queuedMs',
    });
  });
});

describe('a limit that cancels', () => {
  const limits = { ...base, onLimit: 'cancel' } as const;
  const cancelling = () => after(tracked({ limits }), running(SECOND), passed(HOUR));

  test('requests the cancel itself', () => {
    const facts = { requestedAt: at(HOUR), reason: 'totalMs has passed', by: null, attempts: 0, error: null };
    expect(cancelOf(cancelling())).toEqual({ phase: 'requested', ...facts, dueAfterMs: HOUR });
    expect([outcomeIn(cancelling()), since(wakeAtMs(cancelling(), T0 + HOUR))]).toEqual([null, 2 * HOUR]);
  });

  test('ends as timed-out when the service has cancelled the job', () => {
    const track = after(cancelling(), ...tried(HOUR, 'accepted'), polled(HOUR + MINUTE, cancelledThere));
    expect(outcomeIn(track)).toEqual({ status: 'timed-out', limit: 'totalMs', ...factsOf(track, HOUR + MINUTE) });
    expect(track.cancel.phase).toBe('confirmed');
  });

  test('joins the request of a caller, and then the outcome is cancelled', () => {
    const track = after(
      cancelling(),
      asked(HOUR + SECOND),
      ...tried(HOUR + SECOND, 'accepted'),
      polled(HOUR + MINUTE, cancelledThere),
    );
    expect(outcomeIn(track)).toMatchObject({ status: 'cancelled', by: 'request', confirmed: true });
  });

  test('that has not ended the job after an hour ends as timed-out by the next answer', () => {
    const late = after(cancelling(), ...tried(HOUR + MINUTE, 'accepted'), running(HOUR + 2 * MINUTE), passed(2 * HOUR));
    expect(outcomeIn(late)).toBeNull();
    const track = after(late, polled(2 * HOUR + SECOND, {}, { askedAfterMs: 2 * HOUR }));
    expect(outcomeIn(track)).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
    expect(track.cancel.phase).toBe('accepted');
  });

  test('ends as timed-out after one more poll if the service has no cancel', () => {
    const asking = after(trackedAtDocswrite({ limits }), running(SECOND), passed(HOUR));
    const track = after(asking, polled(HOUR + SECOND, {}, { askedAfterMs: HOUR }));
    expect([asking.cancel.phase, outcomeIn(asking)]).toEqual(['unsupported', null]);
    expect(outcomeIn(track)).toEqual({ status: 'timed-out', limit: 'totalMs', ...factsOf(track, HOUR + SECOND) });
  });

  const refused = () => after(cancelling(), ...[60, 61, 62].flatMap((minute) => refusedAt(minute * MINUTE)));
  const overdue = 'totalMs has passed, and the service refuses the cancel: the service said: refused';

  test('is overdue when the service refuses, and tracking goes on', () => {
    expect(healthOf(refused())).toEqual({ status: 'overdue', since: at(62 * MINUTE + SECOND), error: overdue });
    expect([refused().cancel.phase, outcomeIn(refused())]).toEqual(['refused', null]);
  });

  test('that is overdue counts no change if nothing happens', () => {
    const track = refused();
    expect(after(track, passed(70 * MINUTE))).toBe(track);
  });

  test('makes one more request at each change, and only then', () => {
    const same = after(refused(), running(70 * MINUTE));
    const changed = after(same, polled(71 * MINUTE, { progress: 50 }));
    const again = after(changed, ...tried(71 * MINUTE, 'refused'), polled(71 * MINUTE + SECOND, { progress: 50 }));
    expect([same, changed, again].map((track) => [track.cancel.phase, since(cancelDueAtMs(track))])).toEqual([
      ['refused', null],
      ['requested', 71 * MINUTE],
      ['refused', null],
    ]);
  });

  test('does not reduce the request of a caller to a single try', () => {
    const changed = after(refused(), polled(70 * MINUTE, { progress: 50 }), asked(70 * MINUTE + 50));
    const track = after(changed, ...tried(70 * MINUTE + 60, 'refused'), polled(70 * MINUTE + SECOND, { progress: 50 }));
    expect(cancelOf(track)).toMatchObject({ phase: 'requested', attempts: 1, dueAfterMs: 71 * MINUTE + 160 });
  });

  test('that was lengthened is not overdue any more', () => {
    const track = after(refused(), limitsSet(70 * MINUTE, { totalMs: 5 * HOUR }));
    expect(healthOf(track)).toEqual({ status: 'ok', since: null, error: null });
    expect(since(wakeAtMs(track, T0 + 70 * MINUTE))).toBe(5 * HOUR);
  });
});
