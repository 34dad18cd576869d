import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/tracking/decide.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import {
  after,
  at,
  degraded,
  MINUTE,
  missed,
  passed,
  polled,
  SECOND,
  T0,
  tracked,
  unserved,
  outcomeIn,
} from '../../support/core-builders.ts';

const OK = { status: 'ok', since: null, error: null };
const running = () => after(tracked(), polled(SECOND));

describe('health', () => {
  test('is ok at the start', () => {
    expect(healthOf(tracked())).toEqual(OK);
  });

  test('is degraded while the status cannot be read, since the first trouble, with the last error (I5)', () => {
    const first = degraded(MINUTE, { sinceMs: T0 + 50 * SECOND });
    const track = after(running(), first, degraded(2 * MINUTE, { kind: 'malformed', message: 'no JSON' }));
    expect(healthOf(track)).toEqual({ status: 'degraded', since: at(50 * SECOND), error: 'no JSON' });
    expect(outcomeIn(track)).toBeNull();
  });

  test.each([
    ['an answer', polled(2 * MINUTE)],
    ['a 404, which is an answer, too', missed(2 * MINUTE)],
  ])('is ok again after %s', (_, event) => {
    expect(healthOf(after(running(), degraded(MINUTE), event))).toEqual(OK);
  });

  test('says at once that the planning worker has no such account, until a worker answers', () => {
    const track = tracked({ accountKnown: false });
    const error = 'no account default here; another worker may have it';
    expect(healthOf(track)).toEqual({ status: 'degraded', since: at(0), error });
    expect(outcomeIn(track)).toBeNull();
    expect(healthOf(after(track, polled(SECOND)))).toEqual(OK);
  });

  test('says that no worker serves the account', () => {
    const error = 'no worker serves account default';
    expect(healthOf(after(running(), unserved(6 * MINUTE)))).toEqual({
      status: 'degraded',
      since: at(6 * MINUTE),
      error,
    });
  });

  test('shows trouble before a passed limit, because during trouble nothing else is known', () => {
    const overdue = after(tracked({ limits: { totalMs: MINUTE, onLimit: 'alert' } }), polled(SECOND), passed(MINUTE));
    expect(healthOf(overdue).status).toBe('overdue');
    expect(healthOf(after(overdue, degraded(2 * MINUTE))).status).toBe('degraded');
  });

  test.each([
    ['no worker took the call', unserved(6 * MINUTE)],
    ['the call ended in an unexpected way', degraded(6 * MINUTE)],
  ])('is ok again with the next answer, changed or not, after %s', (_, event) => {
    const step = decide(after(running(), event), T0 + 10 * MINUTE);
    expect(step).toMatchObject({ do: 'poll', request: { report: 'answer' } });
  });
});
