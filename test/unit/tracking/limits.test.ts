import { describe, expect, test } from 'vitest';
import { decide, interrupts, wakeAtMs } from '../../../src/tracking/decide.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import type { Track } from '../../../src/tracking/track.ts';
import {
  after,
  at,
  completed,
  degraded,
  factsOf,
  HOUR,
  MINUTE,
  missed,
  passed,
  polled,
  queued,
  scheduled,
  SECOND,
  since,
  snapshotOf,
  T0,
  tracked,
  outcomeIn,
} from '../../support/core-builders.ts';

const dueAfter = (track: Track, nowMs = T0): number | null => since(wakeAtMs(track, nowMs));
const noLimits = { totalMs: null, queuedMs: null, runningMs: null, stalledMs: null };
const running = (afterMs: number) => polled(afterMs, snapshotOf());

describe('the nearest limit', () => {
  test.each([
    [
      '24 h in all, by default, so that waiting is covered as well (P16)',
      tracked({ limits: { stalledMs: null } }),
      24 * HOUR,
    ],
    ['none', tracked({ limits: noLimits }), null],
    [
      'the total from the begin of tracking',
      after(tracked({ limits: { ...noLimits, totalMs: HOUR } }), running(MINUTE)),
      HOUR,
    ],
    ['no wait in the queue before the service has said so', tracked({ limits: { ...noLimits, queuedMs: HOUR } }), null],
    [
      'the wait in the queue from the first time it was seen there (P16)',
      after(tracked({ limits: { ...noLimits, queuedMs: HOUR } }), polled(MINUTE, queued), polled(2 * MINUTE, queued)),
      HOUR + MINUTE,
    ],
    [
      'no wait in the queue once the job runs',
      after(tracked({ limits: { ...noLimits, queuedMs: HOUR } }), polled(MINUTE, queued), running(2 * MINUTE)),
      null,
    ],
    [
      'the run from its first look',
      after(tracked({ limits: { ...noLimits, runningMs: HOUR } }), running(MINUTE)),
      HOUR + MINUTE,
    ],
    [
      'a run of its own after a fall back into the queue',
      after(
        tracked({ limits: { ...noLimits, runningMs: HOUR } }),
        running(MINUTE),
        polled(10 * MINUTE, queued),
        running(20 * MINUTE),
      ),
      HOUR + 20 * MINUTE,
    ],
    [
      'the stall after 30 min without a change',
      after(tracked({ limits: { totalMs: null } }), running(MINUTE)),
      31 * MINUTE,
    ],
    ['no stall in a queue', after(tracked({ limits: { totalMs: null } }), polled(MINUTE, queued)), null],
    [
      'no stall while the status cannot be read',
      after(tracked({ limits: { totalMs: null } }), running(0), degraded(MINUTE)),
      null,
    ],
    [
      'no stall while the job is missing',
      after(tracked({ limits: { totalMs: null } }), running(0), missed(MINUTE)),
      null,
    ],
  ])('is %s', (_, track, expected) => {
    expect(dueAfter(track)).toBe(expected);
  });

  test('is none once the outcome is decided', () => {
    expect(dueAfter(after(tracked(), polled(SECOND, completed)))).toBeNull();
  });
});

describe('the time for which a job is scheduled', () => {
  const limits = { ...noLimits, totalMs: HOUR, queuedMs: 10 * MINUTE };
  const waiting = () => after(tracked({ limits }), polled(MINUTE, scheduled));

  test('does not count for any limit', () => {
    expect(dueAfter(waiting())).toBeNull();
    expect(after(waiting(), passed(48 * HOUR)).limits.passed).toBeNull();
  });

  test('is subtracted from the total, and the time in the queue begins after it', () => {
    const track = after(waiting(), polled(31 * MINUTE, queued));
    expect(dueAfter(track)).toBe(41 * MINUTE);
    expect(dueAfter(after(track, running(32 * MINUTE)))).toBe(HOUR + 30 * MINUTE);
  });

  test('is subtracted each time', () => {
    const track = after(waiting(), running(31 * MINUTE), polled(40 * MINUTE, scheduled), running(50 * MINUTE));
    expect(dueAfter(track)).toBe(HOUR + 40 * MINUTE);
  });
});

describe('a limit that has passed', () => {
  const limits = { ...noLimits, totalMs: HOUR };
  const before = () => after(tracked({ limits }), running(SECOND));
  const over = () => after(before(), passed(HOUR));

  test('makes the job be polled at once, and ends nothing yet', () => {
    expect(outcomeIn(over())).toBeNull();
    expect(interrupts(before(), over())).toBe(true);
    expect(decide(over(), T0 + HOUR)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0, report: 'answer' } });
  });

  test('ends tracking by an answer to a poll begun after it, and says which limit', () => {
    const track = after(over(), polled(HOUR + 2 * SECOND, {}, { askedAfterMs: HOUR }));
    expect(outcomeIn(track)).toEqual({ status: 'timed-out', limit: 'totalMs', ...factsOf(track, HOUR + 2 * SECOND) });
  });

  test('interrupts only once: an answer to a poll begun before it does not interrupt again', () => {
    const track = over();
    const older = polled(HOUR + SECOND, { progress: 50 }, { askedAfterMs: HOUR - 1 });
    expect(interrupts(track, after(track, older))).toBe(false);
  });

  test('ends nothing by an answer to a poll begun before it', () => {
    expect(outcomeIn(after(over(), polled(HOUR + SECOND, {}, { askedAfterMs: HOUR - 1 })))).toBeNull();
  });

  test('ends tracking after 60 s without an answer, and not sooner', () => {
    const late = after(over(), degraded(HOUR + 59 * SECOND), passed(HOUR + MINUTE - 1));
    expect(dueAfter(over(), T0 + HOUR)).toBe(HOUR + MINUTE);
    expect(outcomeIn(late)).toBeNull();
    expect(outcomeIn(after(late, passed(HOUR + MINUTE)))).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
  });

  test('gives way to the outcome of a job that has just ended', () => {
    expect(outcomeIn(after(over(), polled(HOUR + SECOND, completed)))?.status).toBe('completed');
  });

  test('of a state has no effect after that state', () => {
    const track = after(tracked({ limits: { ...noLimits, queuedMs: HOUR } }), polled(0, queued), passed(HOUR));
    const next = after(track, polled(HOUR + SECOND, snapshotOf(), { askedAfterMs: HOUR }));
    expect([track.limits.passed?.limit, next.limits.passed, outcomeIn(next)]).toEqual(['queuedMs', null, null]);
    expect(outcomeIn(after(next, passed(5 * HOUR)))).toBeNull();
  });

  test('of a state fires again in its next period', () => {
    const rule = { ...noLimits, queuedMs: HOUR };
    const track = after(tracked({ limits: rule }), polled(0, queued), passed(HOUR), running(HOUR + SECOND));
    const again = after(track, polled(2 * HOUR, queued), passed(3 * HOUR), passed(3 * HOUR + MINUTE));
    expect(outcomeIn(again)).toMatchObject({ status: 'timed-out', limit: 'queuedMs' });
  });

  test('of an earlier state does not remove a passed total limit', () => {
    const rule = { ...noLimits, totalMs: HOUR + 10 * SECOND, queuedMs: HOUR };
    const both = after(tracked({ limits: rule }), polled(0, queued), passed(HOUR), passed(HOUR + 10 * SECOND));
    const next = after(both, running(HOUR + 20 * SECOND));
    expect(outcomeIn(after(next, passed(HOUR + 90 * SECOND)))).toMatchObject({ status: 'timed-out', limit: 'totalMs' });
  });
});

describe('a stall', () => {
  const rule = { totalMs: null };
  const STALLED = { status: 'stalled', error: 'running, but nothing has changed for the time allowed' };
  const stalled = after(tracked({ limits: rule }), running(0), passed(30 * MINUTE));

  test('shows only in health: the same answer again is no end (P15)', () => {
    expect(healthOf(stalled)).toEqual({ ...STALLED, since: at(30 * MINUTE) });
    expect([outcomeIn(stalled), stalled.limits.passed]).toEqual([null, null]);
    expect(outcomeIn(after(stalled, running(5 * HOUR), passed(9 * HOUR)))).toBeNull();
  });

  test('is reported once for its whole length', () => {
    expect(dueAfter(stalled, T0 + 30 * MINUTE)).toBeNull();
    expect(healthOf(after(stalled, running(HOUR)))).toEqual({ ...STALLED, since: at(30 * MINUTE) });
  });

  test('ends with a change, and the next one counts from there', () => {
    const track = after(stalled, polled(HOUR, { progress: 4 }));
    expect(healthOf(track)).toEqual({ status: 'ok', since: null, error: null });
    expect(dueAfter(track)).toBe(HOUR + 30 * MINUTE);
  });

  test('counts only the time without trouble', () => {
    const track = after(tracked({ limits: rule }), running(0), degraded(20 * MINUTE), running(45 * MINUTE));
    expect(dueAfter(track)).toBe(55 * MINUTE);
  });

  test('counts only the time in which the job was not missing', () => {
    const trouble = [degraded(10 * MINUTE), missed(15 * MINUTE), degraded(16 * MINUTE)];
    const track = after(tracked({ limits: rule }), running(0), ...trouble, running(20 * MINUTE));
    expect(dueAfter(track)).toBe(40 * MINUTE);
  });

  test('does not end because the status could not be read for a while', () => {
    const blind = after(stalled, degraded(40 * MINUTE));
    expect(healthOf(blind).status).toBe('degraded');
    expect(healthOf(after(blind, running(50 * MINUTE)))).toEqual({ ...STALLED, since: at(30 * MINUTE) });
  });
});

describe('an unknown word', () => {
  const word = (name: string) => ({ state: 'unknown', providerState: name }) as const;
  const planned = () => tracked({ limits: { totalMs: null } });
  const fresh = { ...planned(), rules: { ...planned().rules, unknownStalls: true } };
  const unknown = () => after(fresh, polled(0, word('finito')));
  const stalled = after(unknown(), passed(30 * MINUTE));
  const saying = (name: string): string =>
    `the service says "${name}", which is not known here, and nothing has changed for the time allowed; the job may have ended`;

  test('stalls as a running job does, with the word', () => {
    expect([dueAfter(unknown()), healthOf(unknown()).status]).toEqual([30 * MINUTE, 'ok']);
    expect(healthOf(stalled)).toEqual({ status: 'stalled', since: at(30 * MINUTE), error: saying('finito') });
    expect(outcomeIn(stalled)).toBeNull();
    expect(stalled.journal.timeline.at(-1)?.note).toBe(`health stalled: ${saying('finito')}`);
  });

  test('is ok again after a known word', () => {
    expect(healthOf(after(stalled, running(HOUR))).status).toBe('ok');
  });

  test('is ok again after another unknown word, which may stall too', () => {
    const next = after(stalled, polled(HOUR, word('basta')));
    expect([healthOf(next).status, dueAfter(next)]).toEqual(['ok', HOUR + 30 * MINUTE]);
    expect(healthOf(after(next, passed(HOUR + 30 * MINUTE))).error).toBe(saying('basta'));
  });

  test('does not stall in a run that began without that rule', () => {
    const old = after(
      { ...fresh, rules: { ...fresh.rules, unknownStalls: false } },
      polled(0, word('finito')),
      passed(HOUR),
    );
    expect([dueAfter(old), healthOf(old).status]).toEqual([null, 'ok']);
  });
});
