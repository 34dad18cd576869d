import { describe, expect, test } from 'vitest';
import { isNative } from '../../../src/tracking/state/cancel/facts.ts';
import { cancelAskOf } from '../../../src/contract/cancel.ts';
import { cancelDueAtMs, decide, interrupts } from '../../../src/tracking/decide.ts';
import { begin } from '../../../src/tracking/track.ts';
import {
  after,
  asked,
  at,
  cancelledThere,
  cancelOf,
  completed,
  DEEPWRITER,
  degraded,
  factsOf,
  failed,
  heard,
  HOUR,
  limitsSet,
  MINUTE,
  missed,
  planOf,
  polled,
  refreshed,
  resumed,
  SECOND,
  sent,
  T0,
  tracked,
  tried,
  outcomeIn,
} from '../../support/core-builders.ts';

const running = () => after(tracked(), polled(SECOND));
const requested = { requestedAt: at(10 * SECOND), reason: 'typo', by: 'ann', attempts: 0, error: null };
const ask = asked(10 * SECOND, 'signal', { reason: 'typo', by: 'ann' });

describe('a requested cancel', () => {
  test.each(['signal', 'update', 'native'] as const)('is sent at once, requested by %s (I4)', (via) => {
    const track = after(running(), asked(10 * SECOND, via, { reason: 'typo', by: 'ann' }));
    expect(cancelOf(track)).toEqual({ phase: 'requested', ...requested, dueAfterMs: 10 * SECOND });
    expect(isNative(track.cancel)).toBe(via === 'native');
    expect(interrupts(running(), track)).toBe(true);
  });

  test('is one request, for any number and any kind of requests', () => {
    const asks = [asked(11 * SECOND, 'update', { reason: 'later' }), asked(12 * SECOND, 'native'), asked(13 * SECOND)];
    const once = after(running(), ask);
    const track = after(once, ...asks);
    expect(cancelOf(track)).toEqual({ phase: 'requested', ...requested, dueAfterMs: 10 * SECOND });
    expect(isNative(track.cancel)).toBe(true);
    expect(interrupts(once, track)).toBe(false);
  });

  test('before the plan is kept, and sent as soon as the plan says that the service has a cancel (I4)', () => {
    const early = after(begin({ job: DEEPWRITER }, T0), ask);
    const track = after(early, { type: 'planned', plan: planOf(), atMs: T0 + 20 * SECOND });
    expect(cancelOf(early)).toEqual({ phase: 'requested', ...requested, dueAfterMs: 10 * SECOND });
    expect(cancelOf(track)).toEqual({ phase: 'requested', ...requested, dueAfterMs: 10 * SECOND });
  });

  test('before the plan has no effect if the plan is refused', () => {
    const track = after(begin({}, T0), ask, {
      type: 'planRefused',
      message: 'job must be an object',
      problems: [],
      atMs: T0 + SECOND,
    });
    expect(decide(track, T0 + SECOND)).toEqual({ do: 'refuse', message: 'job must be an object', problems: [] });
  });

  test('that is being sent is not due any more, and stays requested until it is answered', () => {
    const track = after(running(), ask, sent(11 * SECOND));
    expect(cancelOf(track)).toEqual({ phase: 'requested', ...requested, dueAfterMs: null });
    expect(track.cancel).toHaveProperty('call', { is: 'sent' });
  });

  test.each([
    ['nothing', undefined, null, null, null],
    ['null', null, null, null, null],
    ['a text', 'stop', null, null, null],
    ['a list', ['stop'], null, null, null],
    ['members of wrong types', { reason: 7, by: {}, id: [] }, null, null, null],
    ['empty texts', { reason: '', by: '', id: '' }, null, null, null],
    ['more than it should', { reason: 'a', by: 'b', id: 'c', phase: 'confirmed', native: true }, 'a', 'b', 'c'],
    [
      'long texts (I9)',
      { reason: 'x'.repeat(300), by: 'y'.repeat(200), id: 'z' },
      `${'x'.repeat(199)}…`,
      'y'.repeat(200),
      'z',
    ],
  ])('may have %s: values that do not fit are ignored', (_, given, reason, by, id) => {
    expect(cancelAskOf('signal', given)).toEqual({ via: 'signal', reason, by, id });
  });
});

describe('an accepted cancel', () => {
  const accepted = () => after(running(), ask, ...tried(11 * SECOND, 'accepted'));

  test('is no end yet: the job is polled at once, and its status decides', () => {
    expect(cancelOf(accepted())).toEqual({
      phase: 'accepted',
      ...requested,
      attempts: 1,
      dueAfterMs: 10 * MINUTE + 11_100,
    });
    expect(outcomeIn(accepted())).toBeNull();
    expect(interrupts(after(running(), ask, sent(11 * SECOND)), accepted())).toBe(true);
    expect(accepted().polling.dueAtMs).toBe(T0 + 11_100);
  });

  // A poll that began before the cancel was accepted may be answered at the same time, before the interrupt reaches it.
  test.each([
    ['a status', polled(12_300, {}, { askedAfterMs: 12_200, intervalMs: MINUTE })],
    ['a miss', missed(12_300, false, { askedAfterMs: 12_200, intervalMs: MINUTE })],
    ['trouble', degraded(12_300, {}, { askedAfterMs: 12_200, intervalMs: MINUTE })],
  ])('leads to a poll at once, even if %s of an earlier poll arrives (I4)', (_, late) => {
    const track = after(running(), ask, sent(11 * SECOND), heard(12_250, 'accepted'), late);
    expect(decide(track, T0 + 12_300)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0, report: 'answer' } });
  });

  test('is confirmed by the status', () => {
    const track = after(accepted(), polled(15 * SECOND, cancelledThere));
    expect(outcomeIn(track)).toEqual({
      status: 'cancelled',
      by: 'request',
      confirmed: true,
      ...factsOf(track, 15 * SECOND),
    });
    expect(cancelOf(track)).toEqual({ phase: 'confirmed', ...requested, attempts: 1, dueAfterMs: null });
  });

  test.each([
    ['completed', completed],
    ['failed', failed],
  ] as const)('comes too late for a job that %s, whose own outcome stands', (status, snapshot) => {
    const track = after(accepted(), polled(15 * SECOND, snapshot));
    expect(outcomeIn(track)?.status).toBe(status);
    expect(cancelOf(track)).toEqual({ phase: 'too-late', ...requested, attempts: 1, dueAfterMs: null });
  });

  test('is sent again at 10 and at 30 min, and not after that', () => {
    const ten = after(accepted(), ...tried(10 * MINUTE + 11_100, 'accepted'));
    const thirty = after(ten, ...tried(30 * MINUTE + 11_100, 'refused'));
    expect(cancelOf(ten)).toEqual({ phase: 'accepted', ...requested, attempts: 2, dueAfterMs: 30 * MINUTE + 11_100 });
    expect(cancelOf(thirty)).toEqual({ phase: 'accepted', ...requested, attempts: 3, dueAfterMs: null });
  });

  test.each([
    ['refused, and tracking goes on', 'signal', null],
    ['abandoned, if Temporal asked', 'native', 'cancel-unconfirmed'],
  ] as const)('that is never confirmed is %s after 60 min', (_, via, why) => {
    const dueMs = HOUR + 11_100;
    const track = after(running(), asked(10 * SECOND, via), ...tried(11 * SECOND, 'accepted'), polled(MINUTE));
    const over = after(track, resumed(dueMs - 1), { type: 'timePassed', atMs: T0 + dueMs });
    expect(after(track, resumed(dueMs - 1)).cancel.phase).toBe('accepted');
    expect(over.cancel.phase).toBe('refused');
    expect(outcomeIn(over)).toEqual(why === null ? null : { status: 'abandoned', why, ...factsOf(track, dueMs) });
  });

  test('that was never confirmed may still be confirmed later', () => {
    const refused = after(accepted(), { type: 'timePassed', atMs: T0 + 2 * HOUR });
    const track = after(refused, polled(3 * HOUR, cancelledThere));
    expect(outcomeIn(track)).toEqual({
      status: 'cancelled',
      by: 'request',
      confirmed: true,
      ...factsOf(track, 3 * HOUR),
    });
    expect(track.cancel.phase).toBe('confirmed');
  });

  test('whose credential is refused later keeps its phase, and is sent again each minute', () => {
    const track = after(accepted(), ...tried(10 * MINUTE + 11_100, 'unauthorized'));
    const error = 'the service said: unauthorized';
    const dueAfterMs = 11 * MINUTE + 11_200;
    expect(cancelOf(track)).toEqual({ phase: 'accepted', ...requested, attempts: 2, error, dueAfterMs });
  });
});

describe('a cancel that a continue-as-new finds', () => {
  test('that was sent without an answer is sent again (I4)', () => {
    const track = after(running(), ask, sent(11 * SECOND), resumed(12 * SECOND));
    expect(cancelOf(track)).toEqual({ phase: 'requested', ...requested, attempts: 1, dueAfterMs: 12 * SECOND });
    const looked = polled(14 * SECOND, {}, { askedAfterMs: 13 * SECOND + 200 });
    expect(after(track, ...tried(13 * SECOND, 'refused'), looked).cancel.phase).toBe('accepted');
  });

  test('that waits to be sent stays as it was', () => {
    const track = after(running(), ask);
    expect(after(track, resumed(12 * SECOND))).toBe(track);
  });
});

describe('an answer that the workflow does not wait for any more', () => {
  const unconfirmed = () =>
    after(running(), ask, ...tried(11 * SECOND, 'accepted'), sent(30 * MINUTE + 11_100), {
      type: 'timePassed',
      atMs: T0 + 2 * HOUR,
    });

  test.each(['unauthorized', 'unanswered', 'refused'] as const)(
    'does not send a refused cancel again: %s',
    (status) => {
      const track = after(unconfirmed(), heard(2 * HOUR + SECOND, status));
      expect(track.cancel).toMatchObject({ phase: 'refused', unconfirmed: true });
      expect(cancelDueAtMs(track)).toBeNull();
    },
  );

  test('does not begin a cancel without a request', () => {
    expect(after(running(), heard(20 * SECOND, 'accepted')).cancel.phase).toBe('none');
  });

  test('is ignored like all events after the end of the job (I6)', () => {
    const track = after(running(), ask, sent(11 * SECOND), polled(12 * SECOND, completed));
    expect(after(track, heard(13 * SECOND, 'accepted'), refreshed(14 * SECOND), limitsSet(HOUR, { totalMs: 1 }))).toBe(
      track,
    );
  });
});
