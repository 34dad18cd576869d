import { describe, expect, test } from 'vitest';
import { isCancelAnswered } from '../../../src/tracking/state/cancel/facts.ts';
import { decide } from '../../../src/tracking/decide.ts';

import {
  after,
  asked,
  cancelledThere,
  cancelOf,
  completed,
  draft,
  factsOf,
  heard,
  MINUTE,
  missed,
  polled,
  queued,
  refusedAt,
  SECOND,
  sent,
  T0,
  tracked,
  tried,
  outcomeIn,
} from '../../support/core-builders.ts';

const running = () => after(tracked(), polled(SECOND));
const askedOnce = () => after(running(), asked(0));
const ERROR = 'the service said: refused';

const refused = () => after(askedOnce(), ...refusedAt(0), ...refusedAt(MINUTE), ...refusedAt(2 * MINUTE));

describe('a refused cancel', () => {
  test('means nothing before the answer to a later poll', () => {
    const track = after(askedOnce(), ...tried(0, 'refused'));
    const stale = after(track, polled(150, {}, { askedAfterMs: 50 }));
    expect(decide(track, T0 + 100)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0, report: 'answer' } });
    expect(isCancelAnswered(track.cancel)).toBe(false);
    expect(stale.cancel).toEqual(track.cancel);
  });

  test('is too late if the status says that the job has ended', () => {
    const track = after(askedOnce(), ...tried(0, 'refused'), polled(SECOND, completed));
    expect(outcomeIn(track)?.status).toBe('completed');
    expect(cancelOf(track)).toMatchObject({ phase: 'too-late', error: ERROR, dueAfterMs: null });
  });

  test('is sent again after a minute, and given up after 3 tries over 2 min: tracking goes on', () => {
    const once = after(askedOnce(), ...refusedAt(0));
    const twice = after(once, ...refusedAt(MINUTE));
    expect(
      [once, twice, refused()].map(cancelOf).map(({ phase, attempts, dueAfterMs }) => [phase, attempts, dueAfterMs]),
    ).toEqual([
      ['requested', 1, MINUTE + 100],
      ['requested', 2, 2 * MINUTE + 100],
      ['refused', 3, null],
    ]);
    expect(isCancelAnswered(once.cancel)).toBe(true);
    expect(outcomeIn(refused())).toBeNull();
  });

  test('is not given up by 3 tries within 2 min', () => {
    const track = after(askedOnce(), ...refusedAt(0), ...refusedAt(30 * SECOND), ...refusedAt(90 * SECOND));
    expect(cancelOf(track)).toMatchObject({ phase: 'requested', attempts: 3, dueAfterMs: 150 * SECOND + 100 });
  });

  test('is sent again after a new request', () => {
    const track = after(refused(), asked(5 * MINUTE, 'update', { reason: 'please' }));
    expect(cancelOf(track)).toMatchObject({
      phase: 'requested',
      reason: 'please',
      attempts: 0,
      error: null,
      dueAfterMs: 5 * MINUTE,
    });
  });

  test('is not sent again after a request with a known id', () => {
    const named = asked(0, 'signal', { id: 'a' });
    const track = after(running(), named, ...refusedAt(0), ...refusedAt(MINUTE), ...refusedAt(2 * MINUTE));
    expect(track.cancel.phase).toBe('refused');
    expect(after(track, asked(5 * MINUTE, 'update', { id: 'a' }))).toBe(track);
    expect(after(track, asked(5 * MINUTE, 'update', { id: 'b' })).cancel.phase).toBe('requested');
  });

  test('stays refused when the job ends, and the outcome is that of the job', () => {
    const track = after(refused(), polled(5 * MINUTE, completed));
    expect([outcomeIn(track)?.status, track.cancel.phase]).toEqual(['completed', 'refused']);
  });

  test('does not count as the reason if the job is cancelled later at the service', () => {
    const track = after(refused(), polled(5 * MINUTE, cancelledThere));
    expect(outcomeIn(track)).toMatchObject({ status: 'cancelled', by: 'service' });
  });

  test('leads to another poll, also if the status is a 404', () => {
    const track = after(askedOnce(), ...tried(0, 'refused'), missed(SECOND));
    expect(cancelOf(track)).toMatchObject({ phase: 'requested', dueAfterMs: MINUTE + 100 });
  });

  test.each([
    ['at the start', [asked(0, 'native')], 2 * MINUTE + SECOND],
    ['after another request', [asked(0), asked(90 * SECOND, 'native')], 2 * MINUTE + SECOND],
  ])('ends as abandoned if Temporal asked %s', (_, asks, endMs) => {
    const track = after(running(), ...asks, ...refusedAt(0), ...refusedAt(MINUTE), ...refusedAt(2 * MINUTE));
    expect(outcomeIn(track)).toEqual({ status: 'abandoned', why: 'cancel-refused', ...factsOf(track, endMs) });
  });

  test('ends as abandoned if Temporal asks later, after new tries', () => {
    const again = after(refused(), asked(5 * MINUTE, 'native'));
    const tries = [5, 6, 7].flatMap((minute) => refusedAt(minute * MINUTE));
    const track = after(again, ...tries);
    expect(again.cancel.phase).toBe('requested');
    expect(outcomeIn(track)).toEqual({
      status: 'abandoned',
      why: 'cancel-refused',
      ...factsOf(track, 7 * MINUTE + SECOND),
    });
  });
});

describe('a cancel of a draft', () => {
  const early = () => after(running(), asked(0), ...tried(0, 'refused'), polled(SECOND, draft));

  test('stays requested, and is sent again each minute, without a limit', () => {
    const tries = [1, 2, 3, 4, 5].flatMap((minute) => [
      ...tried(minute * MINUTE, 'refused'),
      polled(minute * MINUTE + SECOND, draft, { askedAfterMs: minute * MINUTE + 200 }),
    ]);
    const track = after(early(), ...tries);
    expect(cancelOf(early())).toMatchObject({ phase: 'requested', error: ERROR, dueAfterMs: MINUTE + 100 });
    expect(cancelOf(track)).toMatchObject({ phase: 'requested', attempts: 6, dueAfterMs: 6 * MINUTE + 100 });
  });

  test('is sent again at once when the job changes', () => {
    expect(cancelOf(after(early(), polled(20 * SECOND, draft))).dueAfterMs).toBe(MINUTE + 100);
    expect(cancelOf(after(early(), polled(20 * SECOND, queued))).dueAfterMs).toBe(20 * SECOND);
  });

  test('is not sent twice at the same time', () => {
    const track = after(early(), sent(MINUTE), polled(MINUTE + SECOND, queued));
    expect(cancelOf(track).dueAfterMs).toBeNull();
  });
});

describe('a cancel whose credential is refused', () => {
  test('stays requested with the error, and is sent again each minute', () => {
    const tries = [1, 2, 3, 4].flatMap((minute) => tried(minute * MINUTE, 'unauthorized'));
    const track = after(askedOnce(), ...tries);
    const error = 'the service said: unauthorized';
    expect(cancelOf(track)).toMatchObject({ phase: 'requested', attempts: 4, error, dueAfterMs: 5 * MINUTE + 100 });
    expect(isCancelAnswered(track.cancel)).toBe(true);
  });
});

describe('a cancel left without an answer', () => {
  const unanswered = () => after(askedOnce(), ...tried(0, 'unanswered'));

  test('is due again after the delay, and does not count as answered (I4)', () => {
    const error = 'the service said: unanswered';
    expect(cancelOf(unanswered())).toMatchObject({
      phase: 'requested',
      attempts: 1,
      error,
      dueAfterMs: 4 * SECOND + 100,
    });
    expect(isCancelAnswered(unanswered().cancel)).toBe(false);
  });

  test('may have worked: a refusal after it counts as accepted, unless the status contradicts', () => {
    const track = after(unanswered(), ...refusedAt(5 * SECOND));
    expect(cancelOf(track)).toMatchObject({ phase: 'accepted', attempts: 2, error: null });
  });

  test('in the attempts of one call may have worked, too', () => {
    const refusedLate = heard(MINUTE, 'refused', { attempts: 5, mayHaveWorked: true });
    const track = after(askedOnce(), sent(0), refusedLate, polled(MINUTE + SECOND, {}, { askedAfterMs: MINUTE }));
    expect(cancelOf(track)).toMatchObject({ phase: 'accepted', attempts: 5 });
    expect(track.polling.dueAtMs).toBe(T0 + MINUTE + SECOND);
  });

  test('cannot have worked for a draft: it is sent again at the change that ends the draft (I4)', () => {
    const drafted = after(tracked(), polled(SECOND, draft), asked(2 * SECOND), sent(2 * SECOND));
    const refusedLate = heard(31 * SECOND, 'refused', { attempts: 2, mayHaveWorked: true });
    const looked = after(drafted, refusedLate, polled(32 * SECOND, draft, { askedAfterMs: 31 * SECOND }));
    expect(cancelOf(looked)).toMatchObject({ phase: 'requested', dueAfterMs: 91 * SECOND });
    expect(cancelOf(after(looked, polled(40 * SECOND, queued)))).toMatchObject({ dueAfterMs: 40 * SECOND });
  });

  test('that never reached the service has not worked: a refusal after it is a refusal', () => {
    const turned = after(askedOnce(), ...tried(0, 'unanswered', { mayHaveWorked: false }));
    expect(cancelOf(after(turned, ...tried(5 * SECOND, 'refused')))).toMatchObject({
      phase: 'requested',
      error: ERROR,
    });
  });

  test('continues next to the polls: the job may end in the meantime', () => {
    const track = after(unanswered(), sent(5 * SECOND), polled(6 * SECOND, completed));
    expect([outcomeIn(track)?.status, track.cancel.phase]).toEqual(['completed', 'too-late']);
  });
});
