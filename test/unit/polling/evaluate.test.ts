import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/contract/job.ts';
import { DEFAULT_POLLING } from '../../../src/contract/polling-options.ts';
import { changeKeyOf, emptyMemory, NO_TREND } from '../../../src/polling/memory.ts';
import { evaluate } from '../../../src/polling/evaluate.ts';
import {
  after,
  at,
  completed,
  HOUR,
  MINUTE,
  moderated,
  polled,
  queued,
  SECOND,
  snapshotOf,
  T0,
  tracked,
} from '../../support/core-builders.ts';
import { broke, type Look, poll, requestOf, saw, wordsOf } from '../../support/core-polls.ts';

describe('a poll', () => {
  test('reports its first answer, and remembers it', () => {
    const { weighed } = poll([[SECOND, saw({ createdAt: at(0), progress: 4 })]]);
    const snapshot = snapshotOf({ createdAt: at(0), progress: 4 });
    const memory = {
      ...emptyMemory(T0),
      polls: 1,
      lastPollAtMs: T0 + SECOND,
      nextPollAtMs: T0 + 3 * SECOND,
      seen: true,
      createdAt: at(0),
      reported: changeKeyOf(snapshot),
      reportedAtMs: T0 + SECOND,
      trend: {
        ...NO_TREND,
        runningSinceMs: T0 + SECOND,
        from: { atMs: T0 + SECOND, progress: 4 },
        moved: { atMs: T0 + SECOND, progress: 4 },
        lookedAtMs: T0 + SECOND,
      },
    };
    const answer = { type: 'polled', snapshot, memory, intervalMs: 2 * SECOND };
    expect(weighed).toEqual([{ memory, intervalMs: 2 * SECOND, answer }]);
  });

  test('that sees no change reports nothing, but counts (I1, P15)', () => {
    const looked = poll([0, 10, 20, 30, 40].map((seconds): Look => [seconds * SECOND, saw()]));
    expect(wordsOf(looked)).toEqual(['polled', '-', '-', '-', '-']);
    expect([looked.memory.polls, looked.memory.lastPollAtMs, looked.memory.reportedAtMs]).toEqual([
      5,
      T0 + 40 * SECOND,
      T0,
    ]);
  });

  test.each<[string, Partial<Snapshot>]>([
    ['state', { state: 'queued' }],
    ["service's word", { providerState: 'processing' }],
    ['stage', { stage: 'finalizing' }],
    ['title', { title: 'A book' }],
    ['last error', { lastError: 'one attempt failed' }],
    ['attempt', { startedAt: at(7) }],
    ['schedule', { scheduled: true }],
  ])('reports a change of %s at once', (_, over) => {
    const { reported } = poll([
      [0, saw()],
      [1, saw(over)],
    ]);
    expect(reported[1]).toMatchObject({ type: 'polled', snapshot: snapshotOf(over) });
  });

  test.each<[string, Partial<Snapshot>]>([
    ['details', { details: { updated_at: at(1) } }],
    ['message', { message: 'the percentage was out of range' }],
    ['time that it ran', { ranForMs: 70 }],
  ])('does not report a change of %s', (_, over) => {
    const looks: Look[] = [
      [0, saw()],
      [MINUTE, saw(over)],
    ];
    expect(wordsOf(poll(looks))).toEqual(['polled', '-']);
  });

  test('treats a start time without its fraction as that of the same attempt', () => {
    const looks: Look[] = [0, 448, 0].map((ms, index) => [index * MINUTE, saw({ startedAt: at(ms) })]);
    expect(wordsOf(poll(looks))).toEqual(['polled', '-', '-']);
  });

  test('reports an answer that the workflow waits for, changed or not', () => {
    const looks: Look[] = [
      [0, saw()],
      [SECOND, saw()],
    ];
    expect(wordsOf(poll(looks, { report: 'answer' }))).toEqual(['polled', 'polled']);
  });

  test('accepts progress that falls, and reports it (P4)', () => {
    const looks: Look[] = [
      [0, saw({ progress: 80 })],
      [10 * SECOND, saw({ progress: 5 })],
    ];
    expect(poll(looks).reported[1]).toMatchObject({ type: 'polled', snapshot: { progress: 5 } });
  });

  test('forecasts the end of a running job', () => {
    const looks: Look[] = [
      [0, saw({ progress: 0 })],
      [MINUTE, saw({ progress: 25 })],
    ];
    expect(poll(looks).memory.expectedEndAtMs).toBe(T0 + 4 * MINUTE);
    expect(poll([...looks, [2 * MINUTE, broke()]]).memory.expectedEndAtMs).toBeNull();
    expect(poll([...looks, [2 * MINUTE, saw({ state: 'queued' })]]).memory.expectedEndAtMs).toBeNull();
  });
});

describe('a change of progress only', () => {
  const young = { usualMs: MINUTE }; // such a job is polled every 2 s
  const at2s = (count: number): Look[] =>
    Array.from({ length: count }, (_, index): Look => [index * 2 * SECOND, saw({ progress: index })]);

  test('is reported at most every 5 s', () => {
    expect(wordsOf(poll(at2s(7), young))).toEqual(['polled', '-', '-', 'polled', '-', '-', 'polled']);
  });

  test('that was not reported yet is reported by a later poll, even if this one sees no change', () => {
    const looks: Look[] = [...at2s(2), [4 * SECOND, saw({ progress: 1 })], [6 * SECOND, saw({ progress: 1 })]];
    expect(wordsOf(poll(looks, young))).toEqual(['polled', '-', '-', 'polled']);
  });

  test('is reported at once if the next poll would come later than that', () => {
    const looks: Look[] = [
      [HOUR, saw({ state: 'queued' })],
      [HOUR + SECOND, saw({ state: 'queued', progress: 1 })],
    ];
    expect(wordsOf(poll(looks))).toEqual(['polled', 'polled']);
  });

  test('is reported by each poll of a fixed interval of that length, with slow and fast answers', () => {
    const request = requestOf({ policy: { ...DEFAULT_POLLING, mode: 'fixed', intervalMs: 5_000 } });
    const phaseOffset = (T0 % 5_000) / 5_000;
    let { memory } = request;
    const reported = [300, 10, 200, 0].map((tookMs, index) => {
      const time = { nowMs: (memory.nextPollAtMs ?? T0) + tookMs, chance: 0, reportEveryMs: 5_000, phaseOffset };
      const weighed = evaluate({ request, memory, time }, saw({ progress: index }));
      memory = weighed.memory;
      return weighed.answer?.type;
    });
    expect(reported).toEqual(['polled', 'polled', 'polled', 'polled']);
  });

  test('that is no number counts in its raw form: I1: reported at most every 5 s, and no stall', () => {
    const steps = Array.from({ length: 7 }, (_, index): Look => [
      index * 2 * SECOND,
      saw({ rawProgress: `{"step":${index}}` }),
    ]);
    expect(wordsOf(poll(steps, young))).toEqual(['polled', '-', '-', 'polled', '-', '-', 'polled']);
    const track = after(tracked(), polled(SECOND), polled(MINUTE, { rawProgress: '{"step":2}' }));
    expect(track.status.lastChangeAtMs).toBe(T0 + MINUTE);
  });

  test('is no change if the memory of older code has no raw form', () => {
    const { memory } = poll([[0, saw()]]);
    const looks: Look[] = [[MINUTE, saw({ rawProgress: null })]];
    expect(wordsOf(poll(looks, { memory }))).toEqual(['-']);
  });

  test('does not delay another change', () => {
    const looks: Look[] = [
      [0, saw()],
      [SECOND, saw({ progress: 1, stage: 'writing' })],
    ];
    expect(wordsOf(poll(looks))).toEqual(['polled', 'polled']);
  });
});

describe('a half-written answer (P10)', () => {
  const torn = saw({ ...completed, torn: true, result: null, finishedAt: null });

  test('is read again after 1 s, once, and then counts, complete or not', () => {
    const looks: Look[] = [
      [0, saw()],
      [10 * SECOND, torn],
      [11 * SECOND, torn],
    ];
    expect(wordsOf(poll(looks))).toEqual(['polled', '-', 'polled']);
    expect(poll(looks).intervals[1]).toBe(SECOND);
  });

  test('is replaced by the complete one', () => {
    const looks: Look[] = [
      [10 * SECOND, torn],
      [11 * SECOND, saw(completed)],
    ];
    const { reported, memory } = poll(looks);
    expect([reported[0], reported[1]]).toMatchObject([null, { type: 'polled', snapshot: completed }]);
    expect(memory.torn).toBe(false);
  });

  test('is read again only once, with any trouble in between', () => {
    const looks: Look[] = [
      [0, torn],
      [SECOND, broke()],
      [2 * SECOND, torn],
    ];
    expect(wordsOf(poll(looks))).toEqual(['-', '-', 'polled']);
  });

  test('is read again once more if a later attempt is torn, too', () => {
    const looks: Look[] = [
      [0, torn],
      [SECOND, saw()],
      [MINUTE, torn],
    ];
    expect(wordsOf(poll(looks))).toEqual(['-', 'polled', '-']);
  });

  test('is an answer about the job: it ends a row of misses, and a row of trouble', () => {
    const misses: Look[] = [0, 30, 60].map((seconds): Look => [MINUTE + seconds * SECOND, broke('not-found')]);
    const looks: Look[] = [[0, saw()], ...misses.slice(0, 2), [110 * SECOND, torn], [121 * SECOND, broke('not-found')]];
    expect(wordsOf(poll(looks))).toEqual(['polled', 'missing', '-', '-', 'missing']);
    const trouble: Look[] = [
      [0, saw()],
      [1, broke()],
      [2, broke()],
      [3, torn],
      [4, broke()],
    ];
    expect(wordsOf(poll(trouble))).toEqual(['polled', '-', '-', '-', '-']);
  });

  test('that ends misses is reported with the next answer, changed or not', () => {
    const looks: Look[] = [
      [0, saw()],
      [MINUTE, broke('not-found')],
      [2 * MINUTE, torn],
      [121 * SECOND, saw()],
    ];
    expect(wordsOf(poll(looks))).toEqual(['polled', 'missing', '-', 'polled']);
  });
});

describe('the interval', () => {
  test('after a moderated answer is 60 s, with any policy', () => {
    expect(poll([[0, saw(moderated)]]).intervals).toEqual([MINUTE]);
  });

  test('after an accepted cancel is the shortest one', () => {
    const cancel = { requestedAtMs: T0 + HOUR, acceptedAtMs: T0 + HOUR };
    expect(poll([[HOUR + SECOND, saw()]], { cancel }).intervals).toEqual([2 * SECOND]);
  });

  test('is shortened by chance', () => {
    const looks: Look[] = [[HOUR, saw(queued)]];
    expect(poll(looks).intervals).toEqual([MINUTE]);
    expect(poll(looks, {}, 0.5).intervals).toEqual([57 * SECOND]);
  });
});
