import { describe, expect, test } from 'vitest';
import { at, HOUR, SECOND, T0 } from '../../support/core-builders.ts';
import { broke, type Look, poll, saw, wordsOf } from '../../support/core-polls.ts';

const gone = (...seconds: number[]): Look[] => seconds.map((second): Look => [second * SECOND, broke('not-found')]);
const seen: Look = [0, saw({ createdAt: at(0) })];

describe('a 404 for a job that was never seen (P9)', () => {
  test('is reported first and last, polled every 15 s, and counts after 3 over 30 s', () => {
    const polled = poll(gone(0, 15, 30));
    expect(wordsOf(polled)).toEqual(['missing', '-', 'missing!']);
    expect(polled.intervals).toEqual([15_000, 15_000, 15_000]);
  });

  test.each([
    ['3 within 30 s', gone(0, 1, 29), ['missing', '-', '-']],
    ['2 over 30 s', gone(0, 40), ['missing', '-']],
    ['a row that began again after an answer', [...gone(0, 15), [20 * SECOND, saw()] as Look, ...gone(30, 60)], null],
  ])('does not count for %s', (_, looks, words) => {
    const polled = poll(looks);
    expect(wordsOf(polled)).toEqual(words ?? ['missing', '-', 'polled', 'missing', '-']);
  });

  test('keeps its message', () => {
    const reported = { type: 'missing', message: 'HTTP: not-found', final: false, intervalMs: 15_000 };
    expect(poll(gone(0)).reported[0]).toMatchObject(reported);
    expect(poll(gone(0, 15)).memory.missing).toEqual({ count: 2, sinceMs: T0 });
  });
});

describe('a 404 for a job that was seen before (P9)', () => {
  test('counts after 3 over 60 s, polled every 30 s', () => {
    const polled = poll([seen, ...gone(100, 130, 160)]);
    expect(wordsOf(polled)).toEqual(['polled', 'missing', '-', 'missing!']);
    expect(polled.intervals.slice(1)).toEqual([30_000, 30_000, 30_000]);
  });

  test('does not count before', () => {
    expect(wordsOf(poll([seen, ...gone(100, 130, 159)]))).toEqual(['polled', 'missing', '-', '-']);
  });

  test('is over with the next answer, which is reported, changed or not', () => {
    const polled = poll([seen, ...gone(100, 130), [150 * SECOND, saw({ createdAt: at(0) })], ...gone(160)]);
    expect(wordsOf(polled)).toEqual(['polled', 'missing', '-', 'polled', 'missing']);
  });

  test('is reported each time while the workflow waits for an answer', () => {
    expect(wordsOf(poll([seen, ...gone(100, 130)], { report: 'answer' }))).toEqual(['polled', 'missing', 'missing']);
  });
});

describe('trouble between misses', () => {
  test('neither counts as a miss nor resets the count', () => {
    const looks: Look[] = [
      ...gone(0),
      [5 * SECOND, broke()],
      ...gone(15),
      [20 * SECOND, broke('rate-limited')],
      ...gone(30),
    ];
    expect(wordsOf(poll(looks))).toEqual(['missing', '-', '-', '-', 'missing!']);
  });

  test('that was reported is over with the next miss, and this is reported', () => {
    const outage: Look[] = [1, 2, 3].map((second): Look => [second * SECOND, broke()]);
    expect(wordsOf(poll([...gone(0), ...outage, ...gone(15)]))).toEqual([
      'missing',
      '-',
      '-',
      'unavailable',
      'missing',
    ]);
  });
});

describe('an answer about another job under the same id (P11)', () => {
  const other = (second: number): Look => [second * SECOND, saw({ createdAt: at(HOUR), state: 'completed' })];

  test('is a miss, never the end of ours', () => {
    const polled = poll([seen, other(100), other(130), other(160)]);
    expect(wordsOf(polled)).toEqual(['polled', 'missing', '-', 'missing!']);
    expect(polled.reported[1]).toMatchObject({ message: 'the answer is about another job under the same id' });
    expect(polled.memory.createdAt).toBe(at(0));
  });

  test('counts together with answers of 404', () => {
    expect(wordsOf(poll([seen, ...gone(100), other(130), ...gone(160)]))).toEqual([
      'polled',
      'missing',
      '-',
      'missing!',
    ]);
  });

  test.each([
    ['says no creation time', { createdAt: null }],
    ['says the same creation time', { createdAt: at(0) }],
    ['says the same creation time with a fraction that it left out before', { createdAt: at(448) }],
  ])('is none if it %s', (_, over) => {
    expect(wordsOf(poll([seen, [SECOND, saw(over)]]))).toEqual(['polled', '-']);
  });

  test('is none if the creation time was not known before', () => {
    const polled = poll([
      [0, saw()],
      [SECOND, saw({ createdAt: at(5) })],
    ]);
    expect([wordsOf(polled), polled.memory.createdAt]).toEqual([['polled', '-'], at(5)]);
  });
});
