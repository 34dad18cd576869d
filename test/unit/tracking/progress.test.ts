import { describe, expect, test } from 'vitest';
import { emptyMemory } from '../../../src/polling/memory.ts';
import { progressOf } from '../../../src/tracking/views/progress.ts';
import { withPending } from '../../../src/client-library/pending.ts';
import { DEFAULT_LIMITS } from '../../../src/contract/limits.ts';
import { DEFAULT_POLLING } from '../../../src/contract/polling-options.ts';
import { begin, type Track } from '../../../src/tracking/track.ts';
import type { TrackEvent } from '../../../src/tracking/event.ts';
import {
  after,
  asked,
  at,
  cancelledThere,
  completed,
  DEEPWRITER,
  degraded,
  failed,
  HOUR,
  MINUTE,
  missed,
  moderated,
  passed,
  polled,
  refusedAt,
  SECOND,
  snapshotOf,
  T0,
  tracked,
  trackedAtDocswrite,
  tried,
  outcomeIn,
} from '../../support/core-builders.ts';

const NO_CANCEL = { phase: 'none', requestedAt: null, reason: null, by: null, attempts: 0, error: null };
const OK = { status: 'ok', since: null, error: null };
const running = after(tracked(), polled(SECOND, snapshotOf({ message: 'almost there' })));

describe('the progress', () => {
  test('before the plan is pending, with the job as the caller wrote it and the defaults of the contract', () => {
    expect(progressOf(begin({ job: { provider: 'deepwriter', jobId: 'ABC' }, labels: { a: 'b' } }, T0))).toEqual({
      job: { provider: 'deepwriter', jobId: 'ABC' },
      labels: { a: 'b' },
      state: 'pending',
      providerState: null,
      progress: null,
      stage: null,
      title: null,
      message: null,
      lastError: null,
      details: {},
      createdAt: null,
      startedAt: null,
      finishedAt: null,
      trackedSince: at(0),
      lastPollAt: null,
      lastChangeAt: null,
      nextPollAt: at(0),
      expectedEndAt: null,
      polls: 0,
      health: OK,
      paused: null,
      cancel: NO_CANCEL,
      limits: DEFAULT_LIMITS,
      polling: null,
      outcome: null,
      version: 1,
    });
  });

  test('shows everything in the last answer', () => {
    const snapshot = snapshotOf({
      providerState: 'in_progress',
      progress: 40.5,
      stage: 'writing',
      title: 'A book',
      message: 'the percentage was odd',
      lastError: 'attempt 1 failed',
      details: { project_id: 'p' },
      createdAt: at(-MINUTE),
      startedAt: at(-SECOND),
    });
    const memory = { polls: 3, expectedEndAtMs: T0 + 9 * MINUTE };
    const track = after(tracked(), polled(SECOND, snapshot, { memory, intervalMs: 30 * SECOND }));
    expect(progressOf(track)).toEqual({
      job: DEEPWRITER,
      labels: { team: 'books' },
      state: 'running',
      providerState: 'in_progress',
      progress: 40.5,
      stage: 'writing',
      title: 'A book',
      message: 'the percentage was odd',
      lastError: 'attempt 1 failed',
      details: { project_id: 'p' },
      createdAt: at(-MINUTE),
      startedAt: at(-SECOND),
      finishedAt: null,
      trackedSince: at(0),
      lastPollAt: at(SECOND),
      lastChangeAt: at(SECOND),
      nextPollAt: at(31 * SECOND),
      expectedEndAt: at(9 * MINUTE),
      polls: 3,
      health: OK,
      paused: null,
      cancel: NO_CANCEL,
      limits: DEFAULT_LIMITS,
      polling: DEFAULT_POLLING,
      outcome: null,
      version: 3,
    });
  });

  test('of an ended job names no next poll and no expected end', () => {
    const track = after(running, polled(MINUTE, completed, { memory: { expectedEndAtMs: T0 } }));
    const { nextPollAt, expectedEndAt, outcome, state, progress } = progressOf(track);
    expect([nextPollAt, expectedEndAt, state, progress]).toEqual([null, null, 'completed', 100]);
    expect(outcome).toBe(outcomeIn(track));
  });

  test('of a refused input says what is wrong', () => {
    const track = after(begin({}, T0), {
      type: 'planRefused',
      message: 'job.jobId must be text',
      problems: [],
      atMs: T0,
    });
    expect(progressOf(track)).toMatchObject({ state: 'pending', message: 'job.jobId must be text', nextPollAt: null });
  });

  test.each<[string, TrackEvent[], string]>([
    ['the service said', [], 'almost there'],
    ['a miss', [missed(MINUTE)], 'the service does not know the job (Job not found); polled again before that counts'],
    ['moderation', [polled(MINUTE, moderated)], 'stopped by moderation; polled once more before that counts'],
    [
      'an accepted cancel',
      [asked(MINUTE), ...tried(MINUTE, 'accepted')],
      'the service accepted the cancel; waiting until the status says so',
    ],
  ])('has a message for people: %s', (_, events, message) => {
    expect(progressOf(after(running, ...events)).message).toBe(message);
  });

  test('has a message that the job goes on if it cannot be cancelled', () => {
    const { message } = progressOf(after(trackedAtDocswrite(), polled(SECOND), asked(MINUTE)));
    expect(message).toBe('the service has no cancel: tracking ends, and the job goes on there');
  });
});

describe('the message of an ended job', () => {
  const accepted = [asked(MINUTE), ...tried(MINUTE, 'accepted')];
  const stopped = { limits: { totalMs: MINUTE } };
  test.each<[string, Track, string | null]>([
    [
      'lost',
      after(running, missed(MINUTE), missed(2 * MINUTE, true)),
      'the job vanished from the service; it was last seen running',
    ],
    [
      'not-found',
      after(tracked(), missed(SECOND, true)),
      'the job is not known at the service; check the id, the account and the queue',
    ],
    [
      'timed-out while it was missing',
      after(tracked(stopped), polled(SECOND), missed(50 * SECOND), passed(MINUTE), passed(2 * MINUTE)),
      'the job was not done within totalMs',
    ],
    [
      'moderated',
      after(running, polled(MINUTE, moderated), polled(3 * MINUTE, moderated)),
      'the job was stopped by moderation: violence',
    ],
    [
      'cancelled, and forgotten by the service',
      after(running, ...accepted, missed(2 * MINUTE, true)),
      'the service accepted the cancel, and no longer knows the job',
    ],
    [
      'cancelled by request',
      after(running, ...accepted, polled(2 * MINUTE, cancelledThere)),
      'the job was cancelled on request',
    ],
    ['cancelled by others', after(running, polled(MINUTE, cancelledThere)), 'the job was cancelled at the service'],
    [
      'abandoned: no cancel',
      after(trackedAtDocswrite(), polled(SECOND), asked(MINUTE), polled(2 * MINUTE)),
      'the service has no cancel; tracking has ended, and the job goes on there',
    ],
    [
      'abandoned: cancel refused',
      after(running, asked(MINUTE, 'native'), ...refusedAt(MINUTE), ...refusedAt(2 * MINUTE), ...refusedAt(4 * MINUTE)),
      'the service refused the cancel; tracking has ended, and the job goes on there',
    ],
    [
      'abandoned: cancel not confirmed',
      after(running, asked(MINUTE, 'native'), ...tried(MINUTE, 'accepted'), passed(HOUR + 2 * MINUTE)),
      'the service never confirmed the cancel; tracking has ended, and the job may go on there',
    ],
    [
      'unauthorized',
      after(tracked(), degraded(MINUTE, { kind: 'unauthorized', message: 'bad key', final: true })),
      'the job cannot be read: bad key',
    ],
    [
      'rejected',
      after(tracked(), degraded(MINUTE, { kind: 'rejected', message: 'no such queue', final: true })),
      'the job cannot be read: no such queue',
    ],
    ['failed', after(running, polled(MINUTE, failed)), 'the job failed: out of paper'],
    [
      'completed, too late to be cancelled where there is no cancel',
      after(trackedAtDocswrite(), polled(SECOND), asked(MINUTE), polled(MINUTE + SECOND, completed)),
      null,
    ],
    [
      'completed, with a note of the service',
      after(running, polled(MINUTE, { ...completed, message: 'two images failed' })),
      'two images failed',
    ],
  ])('is final: %s', (title, track, message) => {
    expect(outcomeIn(track)?.status).toBe(title.split(/[,: ]/)[0]);
    expect(progressOf(track).message).toBe(message);
  });
});

describe('the version', () => {
  test('grows by one with each change', () => {
    const events = [
      polled(SECOND),
      polled(2 * SECOND, { progress: 1 }),
      asked(3 * SECOND),
      ...tried(4 * SECOND, 'accepted'),
    ];
    const versions = events.map((_, count) => after(tracked(), ...events.slice(0, count + 1)).journal.version);
    expect([tracked().journal.version, ...versions]).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test('stays if nothing happens', () => {
    expect(after(running, passed(MINUTE), passed(2 * MINUTE))).toBe(running);
  });
});

describe('the timeline', () => {
  test('notes changes of state, health and cancel phase, and nothing else (I1)', () => {
    const track = after(
      tracked(),
      polled(SECOND, { state: 'queued', providerState: 'waiting' }),
      polled(2 * SECOND, { state: 'queued', providerState: 'waiting', progress: 1 }),
      polled(3 * SECOND, { lastError: 'attempt 1 failed' }),
      polled(4 * SECOND, { lastError: 'attempt 1 failed', progress: 40 }),
      { ...(missed(5 * SECOND) as Extract<TrackEvent, { type: 'missing' }>) },
      asked(6 * SECOND),
      ...tried(7 * SECOND, 'accepted'),
      polled(8 * SECOND, { state: 'cancelled', providerState: 'cancelled' }),
    );
    const running40 = { state: 'running', providerState: 'running', progress: 40 };
    expect(track.journal.timeline).toEqual([
      { at: at(SECOND), state: 'queued', providerState: 'waiting', progress: null },
      { at: at(3 * SECOND), state: 'running', providerState: 'running', progress: null, note: 'attempt 1 failed' },
      { at: at(6 * SECOND), ...running40, note: 'cancel requested' },
      { at: at(7 * SECOND + 100), ...running40, note: 'cancel accepted' },
      {
        at: at(8 * SECOND),
        state: 'cancelled',
        providerState: 'cancelled',
        progress: null,
        note: 'cancel confirmed; outcome cancelled',
      },
    ]);
  });

  test('notes when health changes, and when it is ok again', () => {
    const track = after(tracked({ accountKnown: false }), polled(SECOND));
    expect(track.journal.timeline.map(({ note }) => note)).toEqual([
      'health degraded: no account default here; another worker may have it',
      'health ok',
    ]);
  });

  test('keeps the last 50 (I9)', () => {
    const flips = Array.from({ length: 120 }, (_, index) =>
      polled(index * SECOND, { state: index % 2 === 0 ? 'queued' : 'running' }),
    );
    const { timeline } = after(tracked(), ...flips).journal;
    expect([timeline.length, timeline[0]?.at, timeline.at(-1)?.at]).toEqual([50, at(70 * SECOND), at(119 * SECOND)]);
  });
});

describe('what a pending poll knows', () => {
  const progress = progressOf(running);
  const memory = {
    ...emptyMemory(T0),
    polls: 12,
    lastPollAtMs: T0 + MINUTE,
    nextPollAtMs: T0 + 2 * MINUTE,
    expectedEndAtMs: T0,
  };

  test('replaces the progress', () => {
    expect(withPending(progress, { memory, nextAttemptAtMs: T0 + 3 * MINUTE, paused: null })).toEqual({
      ...progress,
      polls: 12,
      lastPollAt: at(MINUTE),
      nextPollAt: at(3 * MINUTE),
      expectedEndAt: at(0),
    });
  });

  test('names the next poll itself while it holds', () => {
    expect(withPending(progress, { memory, nextAttemptAtMs: null, paused: null }).nextPollAt).toBe(at(2 * MINUTE));
  });

  test.each([
    ['nothing is pending', null],
    ['its memory is lost', { memory: null, nextAttemptAtMs: null, paused: null }],
    ['its memory is older', { memory: { ...memory, polls: 2 }, nextAttemptAtMs: null, paused: null }],
  ])('does not change the progress if %s', (_, pending) => {
    expect(withPending(progress, pending)).toEqual(progress);
  });

  test('does not change the progress of an ended job', () => {
    const ended = progressOf(after(running, polled(MINUTE, completed)));
    expect(withPending(ended, { memory, nextAttemptAtMs: T0, paused: null })).toBe(ended);
  });
});
