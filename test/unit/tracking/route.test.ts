import { describe, expect, test } from 'vitest';
import { routeOf } from '../../../src/contract/plan.ts';
import type { Route } from '../../../src/contract/task-queue.ts';
import type { TrackEvent } from '../../../src/tracking/event.ts';
import { decide } from '../../../src/tracking/decide.ts';
import type { Track } from '../../../src/tracking/track.ts';
import { after, degraded, heard, missed, moved, polled, SECOND, T0, tracked } from '../../support/core-builders.ts';

const EMEA: Route = { pool: 'emea', requestsPerMinute: null };
const LIMITED: Route = { pool: 'shared', requestsPerMinute: 60 };

const bringing = (route: Route, event: TrackEvent): TrackEvent => ({ ...event, route }) as TrackEvent;
const routeIn = ({ request }: Track): Route | null => (request.plan === null ? null : routeOf(request.plan));

describe('the heartbeat timeout of the next poll', () => {
  const requestOf = (track: Track) => decide(track, track.polling.dueAtMs);

  test('is that of the plan, until an answer brings another', () => {
    expect(requestOf(tracked({ heartbeatMs: 60_000 }))).toMatchObject({ request: { heartbeatMs: 60_000 } });
    const track = after(tracked({ heartbeatMs: 60_000 }), { ...polled(SECOND), heartbeatMs: 30_000 } as TrackEvent);
    expect(requestOf(track)).toMatchObject({ do: 'poll', request: { heartbeatMs: 30_000 } });
    expect(after(track, { ...polled(2 * SECOND), heartbeatMs: 30_000 } as TrackEvent).request).toBe(track.request);
  });

  test('is not named for a job that an older worker planned and polled', () => {
    expect(JSON.stringify(requestOf(after(tracked(), polled(SECOND))))).not.toContain('heartbeatMs');
  });
});

describe('the route of a job', () => {
  test('of a plan that names none, as older workers made it, is the shared pool without a budget', () => {
    expect(routeIn(tracked())).toEqual({ pool: 'shared', requestsPerMinute: null });
  });

  test('is that of the plan, until an answer brings another', () => {
    expect(routeIn(tracked({ route: EMEA }))).toEqual(EMEA);
    expect(routeIn(after(tracked({ route: EMEA }), polled(SECOND)))).toEqual(EMEA);
  });

  test.each([
    ['a snapshot', polled(SECOND)],
    ['a miss', missed(SECOND, false)],
    ['trouble', degraded(SECOND)],
  ])('is brought by %s, and the next poll goes there', (_, event) => {
    const track = after(tracked(), bringing(EMEA, event));
    expect(routeIn(track)).toEqual(EMEA);
    const dueAtMs = track.polling.dueAtMs;
    expect(decide(track, dueAtMs)).toMatchObject({ do: 'poll', request: { pool: 'emea' } });
  });

  test('is brought by the answer of a cancel', () => {
    const answer = heard(SECOND, 'unanswered') as TrackEvent & { type: 'cancelAnswered' };
    const track = after(tracked(), { ...answer, answer: { ...answer.answer, route: EMEA } });
    expect(routeIn(track)).toEqual(EMEA);
  });

  test('of a job whose pool does not serve it any more is polled at the other pool after 10 s', () => {
    const track = after(tracked(), moved(SECOND, 'emea'));
    expect(decide(track, T0 + SECOND)).toMatchObject({
      do: 'poll',
      request: { pool: 'emea', firstWaitMs: 10 * SECOND },
    });
  });

  test('that stays the same changes nothing', () => {
    const track = after(tracked({ route: EMEA }), polled(SECOND));
    expect(after(track, bringing(EMEA, polled(2 * SECOND))).request).toBe(track.request);
  });

  test('with a budget makes the workflow wait out every interval, and without one only the long ones', () => {
    const intervalMs = 5 * SECOND;
    const limited = after(tracked(), bringing(LIMITED, polled(SECOND, {}, { intervalMs })));
    expect(decide(limited, T0 + SECOND)).toEqual({ do: 'wait', forMs: intervalMs });
    const free = after(
      limited,
      bringing({ ...LIMITED, requestsPerMinute: null }, polled(2 * SECOND, {}, { intervalMs })),
    );
    expect(decide(free, T0 + 2 * SECOND)).toMatchObject({ do: 'poll', request: { firstWaitMs: intervalMs } });
  });
});
