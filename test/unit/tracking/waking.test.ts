import { describe, expect, test } from 'vitest';
import { cancelDueAtMs, decide, wakeAtMs } from '../../../src/tracking/decide.ts';
import type { TrackEvent } from '../../../src/tracking/event.ts';
import { begin } from '../../../src/tracking/track.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import { progressOf } from '../../../src/tracking/views/progress.ts';
import {
  after,
  asked,
  at,
  cancelledThere,
  DEEPWRITER,
  HOUR,
  MINUTE,
  moderated,
  passed,
  polled,
  queued,
  SECOND,
  since,
  T0,
  tracked,
  trackedAtDocswrite,
} from '../../support/core-builders.ts';

const UNLIMITED = { totalMs: null, stalledMs: null };

describe('the deadline timer', () => {
  const held = (intervalMs: number) => after(tracked({ limits: UNLIMITED }), polled(SECOND, moderated, { intervalMs }));

  test('is not set for the end of a grace, if a durable wait ends then and polls', () => {
    expect(wakeAtMs(held(MINUTE), T0 + SECOND)).toBeNull();
  });

  test.each([
    ['the next poll is later', 10 * MINUTE, SECOND],
    ['the next poll is earlier', 30 * SECOND, SECOND],
    ['the rest of the wait is a hold, which the activity waits out', MINUTE, 51 * SECOND],
  ])('is set for the end of a grace, if %s', (_, intervalMs, nowMs) => {
    expect(since(wakeAtMs(held(intervalMs), T0 + nowMs))).toBe(61 * SECOND);
  });

  test('is set for the end of a limit with patience, also if a durable wait ends then', () => {
    const limits = { ...UNLIMITED, totalMs: HOUR, onLimit: 'cancel' } as const;
    const track = after(tracked({ limits }), polled(SECOND), passed(HOUR));
    const waiting = { ...track, polling: { ...track.polling, dueAtMs: T0 + 2 * HOUR } };
    expect(since(wakeAtMs(waiting, T0 + HOUR + SECOND))).toBe(2 * HOUR);
    expect(since(wakeAtMs(waiting, T0 + 2 * HOUR))).toBe(2 * HOUR + MINUTE);
  });

  test('is not set for the run time of a job in the queue', () => {
    const track = after(tracked({ limits: { ...UNLIMITED, runningMs: HOUR } }), polled(SECOND, queued));
    expect(wakeAtMs(track, T0 + MINUTE)).toBeNull();
    expect(since(wakeAtMs(after(track, polled(MINUTE)), T0 + MINUTE))).toBe(HOUR + MINUTE);
  });
});

describe('a job that has a status not known here', () => {
  const limits = { ...UNLIMITED, stalledMs: 30 * MINUTE };
  const unknown = { state: 'unknown', providerState: null } as const;
  const ruled = (unknownStalls: boolean) => {
    const track = tracked({ limits });
    return { ...track, rules: { ...track.rules, unknownStalls } };
  };

  test('stalls under the present rules, and does not without them', () => {
    expect(healthOf(after(ruled(true), polled(SECOND, unknown), passed(HOUR)))).toMatchObject({
      status: 'stalled',
      error: 'running, but nothing has changed for the time allowed',
    });
    expect(healthOf(after(ruled(false), polled(SECOND, unknown), passed(HOUR))).status).toBe('ok');
    expect(healthOf(after(tracked({ limits }), polled(SECOND, unknown), passed(HOUR))).status).toBe('ok');
  });

  test('says so, and a job in the queue neither stalls nor says so', () => {
    const inQueue = after(ruled(true), polled(SECOND, queued), passed(HOUR));
    expect([healthOf(inQueue).status, progressOf(inQueue).message]).toEqual(['ok', null]);
    expect(progressOf(after(ruled(true), polled(SECOND, unknown))).message).toBe(
      'the service sent a status that is not known here; polling goes on',
    );
  });
});

describe('a plan that is deferred', () => {
  const unplanned = () => begin({ job: DEEPWRITER }, T0);
  const deferred = (afterMs: number, endsByCancel = false): TrackEvent => ({
    type: 'planDeferred',
    message: 'not known here',
    problems: [],
    endsByCancel,
    atMs: T0 + afterMs,
  });
  const waiting = after(unplanned(), deferred(SECOND));

  test('shows when it is asked for again', () => {
    expect(progressOf(waiting).nextPollAt).toBe(at(6 * SECOND));
  });

  test('is asked for at once if somebody asks for a cancel, which is sent only when there is a plan', () => {
    const track = after(waiting, asked(2 * SECOND));
    expect(decide(waiting, T0 + 2 * SECOND)).toEqual({ do: 'wait', forMs: 4 * SECOND });
    expect(decide(track, T0 + 2 * SECOND)).toEqual({ do: 'plan' });
    expect([track.cancel.phase, cancelDueAtMs(track)]).toEqual(['requested', null]);
  });

  test('changes nothing of a job that has a plan', () => {
    expect(after(tracked(), deferred(SECOND)).request).toEqual(tracked().request);
  });

  test('ends tracking by a cancel, and is not asked for again', () => {
    const track = after(waiting, asked(2 * SECOND), deferred(3 * SECOND, true));
    expect(track.request).toMatchObject({ deferred: { count: 1 } });
    expect(track.cancel).toMatchObject({ phase: 'unsupported', error: 'not known here' });
    expect(after(waiting, deferred(3 * SECOND, true)).cancel).toEqual({ phase: 'none', supported: null });
  });
});

describe('a cancel that the service does not have', () => {
  test('is too late if the service cancels the job by itself', () => {
    const track = after(trackedAtDocswrite(), polled(SECOND), asked(MINUTE), polled(MINUTE + SECOND, cancelledThere));
    expect(track.end).toMatchObject({ is: 'ended', outcome: { status: 'cancelled', by: 'service' } });
    expect(track.cancel.phase).toBe('too-late');
  });
});
