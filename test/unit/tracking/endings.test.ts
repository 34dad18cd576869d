import { describe, expect, test } from 'vitest';
import { begin } from '../../../src/tracking/track.ts';
import { decide, wakeAtMs } from '../../../src/tracking/decide.ts';
import type { Snapshot } from '../../../src/contract/job.ts';
import type { Ending } from '../../../src/contract/outcome.ts';
import {
  after,
  asked,
  at,
  cancelledThere,
  completed,
  degraded,
  DOCSWRITE,
  factsOf,
  failed,
  HOUR,
  limitsSet,
  MINUTE,
  missed,
  moderated,
  passed,
  polled,
  refreshed,
  resumed,
  SECOND,
  snapshotOf,
  T0,
  tracked,
  trackedAtDocswrite,
  unserved,
  outcomeIn,
  DEEPWRITER,
} from '../../support/core-builders.ts';

describe('the status', () => {
  const running = () => after(trackedAtDocswrite(), polled(SECOND));

  test.each<[string, Snapshot, Ending]>([
    [
      'completed',
      completed,
      {
        status: 'completed',
        result: { url: 'https://example.com/42' },
        link: 'https://example.com/42',
        warnings: ['one image is missing'],
      },
    ],
    [
      'completed without a result',
      snapshotOf({ state: 'completed', finishedAt: at(0) }),
      { status: 'completed', result: null, link: null, warnings: [] },
    ],
    ['failed', { ...failed, finishedAt: at(0) }, { status: 'failed', reason: 'out of paper' }],
    [
      'failed for no reason',
      snapshotOf({ state: 'failed', finishedAt: at(0) }),
      { status: 'failed', reason: 'the service gave no reason' },
    ],
    ['cancelled', { ...cancelledThere, finishedAt: at(0) }, { status: 'cancelled', by: 'service', confirmed: true }],
  ])('%s ends tracking', (_, snapshot, ending) => {
    const track = after(running(), polled(MINUTE, snapshot));
    const facts = { ...factsOf(track, MINUTE), job: DOCSWRITE, labels: { team: 'books' }, finishedAt: at(0) };
    expect(outcomeIn(track)).toEqual({ ...ending, ...facts });
    expect(decide(track, T0 + 99 * HOUR)).toEqual({ do: 'end', outcome: outcomeIn(track) });
  });

  test.each(['queued', 'running', 'unknown'] as const)('%s does not', (state) => {
    expect(
      outcomeIn(after(running(), polled(MINUTE, { state, progress: 100, finishedAt: at(0), lastError: 'once' }))),
    ).toBeNull();
  });

  test('that ended a job ends it once: later snapshots are ignored (I6, P20)', () => {
    const track = after(running(), polled(MINUTE, failed));
    const later = [
      polled(2 * MINUTE, completed),
      missed(3 * MINUTE, true),
      degraded(4 * MINUTE, { final: true }),
      asked(5 * MINUTE, 'native'),
      passed(48 * HOUR),
      limitsSet(49 * HOUR, { totalMs: 1_000 }),
      refreshed(50 * HOUR),
      resumed(51 * HOUR),
    ];
    expect(after(track, ...later)).toBe(track);
  });

  test('of a poll before the plan counts when the plan is made', () => {
    const { plan } = running().request;
    const early = after(begin({ job: DEEPWRITER }, T0), polled(SECOND, failed));
    expect(outcomeIn(early)).toBeNull();
    if (plan === null) throw new Error('the track was planned');
    expect(outcomeIn(after(early, { type: 'planned', plan, atMs: T0 + MINUTE }))?.status).toBe('failed');
  });
});

describe('a moderated job', () => {
  const held = () => after(tracked(), polled(SECOND, moderated, { intervalMs: MINUTE }));
  const again = (askedAfterMs: number) => polled(askedAfterMs + 100, moderated, { askedAfterMs, intervalMs: MINUTE });

  test('is polled again after 60 s, and ends if it is still moderated', () => {
    expect(decide(held(), T0 + SECOND)).toEqual({ do: 'wait', forMs: MINUTE });
    expect(decide(held(), T0 + 61 * SECOND)).toMatchObject({
      do: 'poll',
      request: { firstWaitMs: 0, report: 'answer' },
    });
    const track = after(held(), again(61 * SECOND));
    expect(outcomeIn(track)).toEqual({ status: 'moderated', reason: 'violence', ...factsOf(track, 61_100) });
  });

  test('does not end by a poll before that', () => {
    expect(outcomeIn(after(held(), again(50 * SECOND)))).toBeNull();
  });

  test('does not end without a poll, even after a long time', () => {
    expect(outcomeIn(after(held(), degraded(61 * SECOND), passed(2 * HOUR)))).toBeNull();
  });

  test('that was only in review goes on, and gets new 60 s if it is moderated again', () => {
    const track = after(held(), polled(61 * SECOND), polled(2 * MINUTE, moderated));
    expect(outcomeIn(after(track, again(150 * SECOND)))).toBeNull();
    expect(outcomeIn(after(track, again(3 * MINUTE)))?.status).toBe('moderated');
  });

  test('that was refreshed in the meantime is still polled after 60 s', () => {
    const track = after(held(), refreshed(20 * SECOND));
    expect(decide(track, T0 + 20 * SECOND)).toMatchObject({ do: 'poll', request: { report: 'answer' } });
    expect(wakeAtMs(track, T0 + 20 * SECOND)).toBe(T0 + 61 * SECOND);
    const due = after(track, passed(61 * SECOND));
    expect(decide(due, T0 + 61 * SECOND)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0, report: 'answer' } });
  });
});

describe('a job that the service does not know', () => {
  test('was never there, if it was never seen (P9)', () => {
    const track = after(tracked(), missed(SECOND), missed(31 * SECOND, true));
    expect(outcomeIn(track)).toEqual({ status: 'not-found', ...factsOf(track, 31 * SECOND) });
  });

  test('is lost, if it was seen: this is no failure of the job (P9, I5)', () => {
    const track = after(tracked(), polled(SECOND), missed(MINUTE), missed(2 * MINUTE, true));
    expect(outcomeIn(track)).toEqual({ status: 'lost', lastState: 'running', ...factsOf(track, 2 * MINUTE) });
  });

  test('and knows again later goes on as before', () => {
    const track = after(tracked(), polled(SECOND), missed(MINUTE), polled(2 * MINUTE));
    expect([track.status.missing, outcomeIn(track)]).toEqual([null, null]);
  });
});

describe('a credential or request that the service refuses', () => {
  test.each(['unauthorized', 'rejected'] as const)('ends the job as %s if the polls say that it is final', (kind) => {
    const track = after(
      tracked(),
      degraded(SECOND, { kind }),
      degraded(10 * MINUTE, { kind, message: 'HTTP 4xx', final: true }),
    );
    expect(outcomeIn(track)).toEqual({ status: kind, reason: 'HTTP 4xx', ...factsOf(track, 10 * MINUTE) });
  });

  test('ends nothing if it is not final: it shows in health (I5)', () => {
    expect(outcomeIn(after(tracked(), degraded(SECOND, { kind: 'unauthorized' }), passed(HOUR)))).toBeNull();
  });
});

describe('an account that no worker serves', () => {
  test('ends a job never polled as unauthorized after 10 min', () => {
    const track = after(tracked(), unserved(5 * MINUTE), unserved(10 * MINUTE));
    const facts = factsOf(track, 10 * MINUTE, 0);
    expect(outcomeIn(track)).toEqual({ status: 'unauthorized', reason: 'no worker serves account default', ...facts });
  });

  test.each([
    ['once', [unserved(5 * MINUTE)]],
    ['once, late: all workers may have been away', [unserved(30 * MINUTE)]],
    ['twice within 10 min', [unserved(4 * MINUTE), unserved(9 * MINUTE)]],
    ['twice, with an answer between', [unserved(5 * MINUTE), degraded(6 * MINUTE), unserved(11 * MINUTE)]],
    [
      'for a job that was polled before',
      [polled(SECOND), unserved(5 * MINUTE), unserved(10 * MINUTE), unserved(15 * MINUTE)],
    ],
  ])('does not end it %s', (_, events) => {
    expect(outcomeIn(after(tracked(), ...events))).toBeNull();
  });
});
