import { describe, expect, test } from 'vitest';

import { decide } from '../../../src/tracking/decide.ts';
import { healthOf } from '../../../src/tracking/views/health.ts';
import { begin } from '../../../src/tracking/track.ts';
import {
  after,
  asked,
  cancelOf,
  completed,
  factsOf,
  HOUR,
  MINUTE,
  missed,
  moderated,
  passed,
  planOf,
  polled,
  refusedAt,
  SECOND,
  T0,
  tracked,
  trackedAtDocswrite,
  tried,
  outcomeIn,
} from '../../support/core-builders.ts';

const running = () => after(tracked(), polled(SECOND));

const refused = () => after(running(), asked(0), ...refusedAt(0), ...refusedAt(MINUTE), ...refusedAt(2 * MINUTE));

describe('a cancel that the service does not offer', () => {
  const docswrite = () => after(trackedAtDocswrite(), polled(SECOND));
  const asking = () => after(docswrite(), asked(MINUTE));

  test('is unsupported at once, and the job is polled once more', () => {
    expect(cancelOf(asking())).toMatchObject({ phase: 'unsupported', attempts: 0, dueAfterMs: null });
    expect(outcomeIn(asking())).toBeNull();
    expect(decide(asking(), T0 + MINUTE)).toMatchObject({ do: 'poll', request: { firstWaitMs: 0, report: 'answer' } });
  });

  test.each([
    ['after one more poll', polled(MINUTE + SECOND, {}, { askedAfterMs: MINUTE })],
    ['after a poll that says 404', missed(MINUTE + SECOND, false, { askedAfterMs: MINUTE })],
  ])('abandons the job %s', (_, answer) => {
    const track = after(asking(), answer);
    const facts = factsOf(track, MINUTE + SECOND);
    expect(outcomeIn(track)).toEqual({ status: 'abandoned', why: 'cancel-unsupported', ...facts });
    expect(track.cancel.phase).toBe('unsupported');
  });

  test('abandons the job after 10 s without an answer, and not sooner', () => {
    const stale = polled(MINUTE + 5 * SECOND, {}, { askedAfterMs: MINUTE - SECOND });
    const late = after(asking(), stale, passed(MINUTE + 10 * SECOND - 1));
    expect(outcomeIn(late)).toBeNull();
    expect(outcomeIn(after(late, passed(MINUTE + 10 * SECOND)))).toMatchObject({
      status: 'abandoned',
      why: 'cancel-unsupported',
    });
  });

  test('is too late for a job that has ended', () => {
    const track = after(asking(), polled(MINUTE + SECOND, completed));
    expect([outcomeIn(track)?.status, track.cancel.phase]).toEqual(['completed', 'too-late']);
  });

  test('that was requested before the plan is unsupported when the plan is made', () => {
    const { job, plan } = trackedAtDocswrite().request;
    const early = after(begin({ job }, T0), asked(0), asked(SECOND, 'native'));
    const track = after(early, { type: 'planned', plan: plan ?? planOf(), atMs: T0 + 2 * SECOND });
    expect(early.cancel.phase).toBe('requested');
    expect(track.cancel).toMatchObject({ phase: 'unsupported', native: true, requestedAtMs: T0 });
  });
});

describe('a cancel after which the service forgets the job', () => {
  const accepted = () => after(running(), asked(0), ...tried(0, 'accepted'));

  test('counts as cancelled, but not confirmed', () => {
    const track = after(accepted(), missed(2 * MINUTE), missed(4 * MINUTE, true));
    expect(outcomeIn(track)).toEqual({
      status: 'cancelled',
      by: 'request',
      confirmed: false,
      ...factsOf(track, 4 * MINUTE),
    });
    expect(cancelOf(track)).toMatchObject({ phase: 'accepted', dueAfterMs: null });
  });

  test('is neither confirmed nor too late if the job is in review', () => {
    const track = after(
      trackedAtDocswrite(),
      polled(SECOND, moderated),
      asked(2 * SECOND),
      polled(3 * SECOND, moderated),
    );
    expect(outcomeIn(track)).toMatchObject({ status: 'abandoned', why: 'cancel-unsupported' });
    expect(track.cancel.phase).toBe('unsupported');
  });

  test('does not count as cancelled if the service has not accepted the cancel', () => {
    const track = after(refused(), missed(HOUR), missed(HOUR + 2 * MINUTE, true));
    expect(outcomeIn(track)).toMatchObject({ status: 'lost', lastState: 'running' });
    expect(healthOf(track).status).toBe('ok');
  });
});
