import { describe, expect, test } from 'vitest';
import {
  askingLimit,
  isCancelAnswered,
  isNative,
  mayCancel,
  troubleOf,
} from '../../../src/tracking/state/cancel/facts.ts';
import { needsPoll } from '../../../src/tracking/state/cancel/rules.ts';
import type { Cancel } from '../../../src/tracking/state/cancel/shape.ts';
import {
  after,
  asked,
  cancelOf,
  completed,
  draft,
  heard,
  HOUR,
  MINUTE,
  missed,
  passed,
  polled,
  refusedAt,
  resumed,
  SECOND,
  sent,
  T0,
  tracked,
  trackedAtDocswrite,
  tried,
} from '../../support/core-builders.ts';

const running = () => after(tracked(), polled(SECOND));
const requested = () => after(running(), asked(10 * SECOND));
const refusedOnce = () => after(requested(), ...tried(10 * SECOND, 'refused'));
const accepted = () => after(requested(), ...tried(10 * SECOND, 'accepted'));
const refused = () => after(requested(), ...[1, 2, 3].flatMap((minute) => refusedAt(minute * MINUTE)));
const phases = {
  none: running().cancel,
  requested: requested().cancel,
  accepted: accepted().cancel,
  refused: refused().cancel,
  unsupported: after(trackedAtDocswrite(), asked(SECOND)).cancel,
  'too-late': after(requested(), polled(MINUTE, completed)).cancel,
} satisfies Record<string, Cancel>;

describe('what the phase of a cancel means', () => {
  test.each(Object.entries(phases))('%s', (phase, cancel) => {
    expect(cancel.phase).toBe(phase);
    expect({
      answered: isCancelAnswered(cancel),
      mayCancel: mayCancel(cancel),
      native: isNative(cancel),
      limit: askingLimit(cancel),
      trouble: troubleOf(cancel),
    }).toEqual({
      answered: !['none', 'requested'].includes(phase),
      mayCancel: ['requested', 'accepted'].includes(phase),
      native: false,
      limit: null,
      trouble: null,
    });
  });

  test.each(['unanswered', 'unauthorized'] as const)('a call that was %s is trouble, until one works', (status) => {
    const track = after(requested(), ...tried(10 * SECOND, status));
    expect(troubleOf(track.cancel)).toBe(status);
    expect(cancelOf(track).dueAfterMs).toBe(10 * SECOND + 100 + (status === 'unanswered' ? 4 * SECOND : MINUTE));
    expect(troubleOf(after(track, ...tried(MINUTE, 'accepted')).cancel)).toBeNull();
  });
});

describe('a cancel calls for a poll at once', () => {
  const checked = () => after(refusedOnce(), polled(12 * SECOND, {}, { askedAfterMs: 11 * SECOND }));
  const refusedTwice = () => after(checked(), ...tried(MINUTE, 'refused'));
  test.each<[string, Cancel, Cancel, boolean]>([
    ['when it is requested', running().cancel, requested().cancel, true],
    ['when it is requested again after a refusal', refused().cancel, after(refused(), asked(HOUR)).cancel, true],
    ['when it is accepted', requested().cancel, accepted().cancel, true],
    ['when it is refused, to check the refusal', requested().cancel, refusedOnce().cancel, true],
    ['when it is refused once more', checked().cancel, refusedTwice().cancel, true],
    ['not while the check is awaited', refusedOnce().cancel, after(refusedOnce(), sent(15 * SECOND)).cancel, false],
    ['not when the check is done', refusedOnce().cancel, checked().cancel, false],
    ['not when the call is sent', requested().cancel, after(requested(), sent(10 * SECOND)).cancel, false],
    ['not when it is refused for good', refusedTwice().cancel, refused().cancel, false],
  ])('%s', (_, before, cancel, needs) => {
    expect(needsPoll(before, cancel)).toBe(needs);
  });
});

describe('requests that join', () => {
  const limits = { totalMs: HOUR, stalledMs: null, onLimit: 'cancel' } as const;
  const byLimit = () => after(tracked({ limits }), polled(SECOND), passed(HOUR));
  const joined = () => after(byLimit(), asked(HOUR + SECOND, 'update', { reason: 'typo', by: 'ann', id: 'a' }));

  test('the first caller gives the reason of a cancel that a limit began, and a later one does not', () => {
    expect(byLimit().cancel).toMatchObject({ reason: 'totalMs has passed', by: null, byCaller: false, knownIds: [] });
    expect(joined().cancel).toMatchObject({
      reason: 'typo',
      by: 'ann',
      byCaller: true,
      knownIds: ['a'],
      limit: 'totalMs',
    });
    const third = after(joined(), asked(HOUR + MINUTE, 'signal', { reason: 'other', by: 'bob' }));
    expect(third.cancel).toMatchObject({ reason: 'typo', by: 'ann', knownIds: ['a'] });
  });

  test('a limit that joins a caller does not take the reason away', () => {
    const track = after(tracked({ limits }), polled(SECOND), asked(MINUTE, 'signal', { reason: 'typo', by: 'ann' }));
    expect(after(track, passed(HOUR)).cancel).toMatchObject({ reason: 'typo', by: 'ann', limit: 'totalMs' });
  });

  test('the last twenty ids are known', () => {
    const ids = Array.from({ length: 21 }, (_, index) => `id ${index}`);
    const track = ids.reduce((before, id, index) => after(before, asked(MINUTE + index, 'signal', { id })), running());
    expect(track.cancel).toHaveProperty('knownIds', ids.slice(1));
  });

  test('a caller who joins a repeated cancel of a limit gets more than one try', () => {
    const refusals = [61, 62, 63].flatMap((minute) => refusedAt(minute * MINUTE));
    const again = after(byLimit(), ...refusals, polled(64 * MINUTE, { progress: 77 }));
    const last = [
      ...tried(65 * MINUTE, 'refused'),
      polled(65 * MINUTE + SECOND, { progress: 77 }, { askedAfterMs: 65 * MINUTE + 200 }),
    ];
    expect(after(again, ...last).cancel.phase).toBe('refused');
    const caller = after(again, asked(64 * MINUTE + SECOND), ...last);
    expect(caller.cancel.phase).toBe('requested');
  });

  test('the refusal of a cancel that a limit asked for is named with its reason', () => {
    const track = after(byLimit(), ...[61, 62, 63].flatMap((minute) => refusedAt(minute * MINUTE)));
    const error = 'totalMs has passed, and the service refuses the cancel: the service said: refused';
    expect(track.limits.overdue).toMatchObject({ error });
  });

  test('the refusal of a cancel that a caller asked for makes no limit overdue', () => {
    const stop = tracked({ limits: { totalMs: HOUR, stalledMs: null, onLimit: 'stop' } });
    const refusals = [1, 2, 3].flatMap((minute) => refusedAt(minute * MINUTE));
    const track = after(stop, polled(SECOND), asked(10 * SECOND), ...refusals, passed(HOUR));
    expect([track.limits.passed?.limit, track.limits.overdue]).toEqual(['totalMs', null]);
  });
});

describe('the checks of refusals', () => {
  test('three refusals count only over two minutes, and two do not count', () => {
    const twice = after(requested(), ...refusedAt(MINUTE), ...refusedAt(4 * MINUTE));
    expect(twice.cancel.phase).toBe('requested');
    const early = after(requested(), ...refusedAt(10 * SECOND), ...refusedAt(MINUTE));
    const third = (afterMs: number) => [
      ...tried(2 * MINUTE, 'refused'),
      polled(afterMs, {}, { askedAfterMs: 2 * MINUTE + 100 }),
    ];
    const sinceMs = 10 * SECOND + 100;
    expect(after(early, ...third(sinceMs + 2 * MINUTE - 1)).cancel.phase).toBe('requested');
    expect(after(early, ...third(sinceMs + 2 * MINUTE)).cancel.phase).toBe('refused');
  });

  test('a miss does not say that the cancel came too early', () => {
    expect(after(refusedOnce(), missed(12 * SECOND, false, { askedAfterMs: 11 * SECOND })).cancel).toHaveProperty(
      'early',
      false,
    );
  });

  test('a job that could not be cancelled yet was not cancelled by an unanswered call before', () => {
    const unanswered = after(running(), asked(10 * SECOND), ...tried(10 * SECOND, 'unanswered'));
    const early = after(unanswered, ...tried(20 * SECOND, 'refused'), polled(21 * SECOND, draft));
    expect(early.cancel).toMatchObject({ phase: 'requested', early: true, mayHaveWorked: false });
    const later = after(early, ...refusedAt(2 * MINUTE));
    expect(later.cancel).toMatchObject({ phase: 'requested', early: false });
    const due = cancelOf(later).dueAfterMs;
    expect(cancelOf(after(later, polled(2 * MINUTE + 2 * SECOND, { progress: 50 }))).dueAfterMs).toBe(due);
  });

  test('a call that is on its way is not sent again by a check', () => {
    const onItsWay = after(refusedOnce(), sent(11 * SECOND));
    const answer = polled(12 * SECOND, {}, { askedAfterMs: 11 * SECOND });
    expect(after(onItsWay, answer).cancel).toMatchObject({ phase: 'requested', call: { is: 'sent' } });
    const unanswered = after(running(), asked(10 * SECOND), ...tried(10 * SECOND, 'unanswered'));
    const worked = after(unanswered, ...tried(20 * SECOND, 'refused'), sent(21 * SECOND));
    expect(after(worked, polled(22 * SECOND, {}, { askedAfterMs: 21 * SECOND })).cancel).toMatchObject({
      phase: 'accepted',
      call: { is: 'sent' },
    });
  });

  test('an accepted cancel is sent again after 10 and after 30 min, also if the run ended under the call', () => {
    const again = after(accepted(), sent(10 * MINUTE + 10_100));
    expect(cancelOf(accepted()).dueAfterMs).toBe(10 * MINUTE + 10_100);
    expect(cancelOf(after(again, heard(10 * MINUTE + 10_100, 'accepted'))).dueAfterMs).toBe(30 * MINUTE + 10_100);
    expect(after(again, resumed(11 * MINUTE)).cancel).toEqual({
      ...accepted().cancel,
      attempts: 2,
      call: { is: 'due', atMs: T0 + 11 * MINUTE },
    });
  });
});
