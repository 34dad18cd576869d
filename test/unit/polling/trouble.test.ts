import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../src/contract/failure.ts';
import { HOUR, MINUTE, SECOND, T0 } from '../../support/core-builders.ts';
import { broke, type Look, poll, saw, wordsOf } from '../../support/core-polls.ts';

const row = (kind: FailureKind, ...seconds: number[]): Look[] =>
  seconds.map((second): Look => [second * SECOND, broke(kind)]);
const seen: Look = [0, saw()];

describe('trouble in reading a status (I5)', () => {
  test.each(['unavailable', 'rate-limited', 'malformed'] as const)(
    'is reported at the third in a row, once: %s',
    (kind) => {
      const polled = poll([seen, ...row(kind, 10, 11, 13, 17, 25)]);
      expect(wordsOf(polled)).toEqual(['polled', '-', '-', kind, '-', '-']);
      expect(polled.reported[3]).toMatchObject({
        kind,
        message: `HTTP: ${kind}`,
        sinceMs: T0 + 10 * SECOND,
        final: false,
      });
    },
  );

  test('is not in a row with an answer in between', () => {
    expect(wordsOf(poll([...row('unavailable', 1, 2), [3 * SECOND, saw()], ...row('unavailable', 4, 5)]))).toEqual([
      '-',
      '-',
      'polled',
      '-',
      '-',
    ]);
  });

  test('that was reported is reported as over, by an answer without a change', () => {
    const looks = [seen, ...row('unavailable', 1, 2, 3), [9 * SECOND, saw()] as Look, [19 * SECOND, saw()] as Look];
    expect(wordsOf(poll(looks))).toEqual(['polled', '-', '-', 'unavailable', 'polled', '-']);
  });

  test('that was not reported ends without a report', () => {
    expect(wordsOf(poll([seen, ...row('unavailable', 1, 2), [9 * SECOND, saw()]]))).toEqual(['polled', '-', '-', '-']);
  });

  test('counts over all its kinds, and reports each kind once, in any order', () => {
    const kinds = [
      'unavailable',
      'malformed',
      'rate-limited',
      'unavailable',
      'malformed',
      'rate-limited',
      'unavailable',
    ] as const;
    const looks = kinds.map((kind, index): Look => [index * SECOND, broke(kind)]);
    expect(wordsOf(poll(looks))).toEqual(['-', '-', 'rate-limited', 'unavailable', 'malformed', '-', '-']);
  });

  test.each(['unauthorized', 'rejected'] as const)('is reported at the first if a person must act: %s', (kind) => {
    expect(wordsOf(poll([seen, ...row(kind, 1, 2)]))).toEqual(['polled', kind, '-']);
  });

  test('is polled on at growing intervals', () => {
    const { intervals } = poll(row('unavailable', 0, 1, 3, 7));
    expect(intervals).toEqual([1, 2, 4, 8].map((seconds) => seconds * SECOND));
  });

  test('of a CDN is polled on at 10 s, doubling by its own count', () => {
    const edge = (second: number): Look => [second * SECOND, broke('unavailable', { edge: true })];
    expect(poll([...row('unavailable', 0, 1), edge(2), edge(12)]).intervals.slice(2)).toEqual([10_000, 20_000]);
  });

  test('obeys the wait that the service asks for', () => {
    expect(poll([[0, broke('rate-limited', { retryAfterMs: 90 * SECOND })]]).intervals).toEqual([90_000]);
  });

  test('begins again at 1 s after an answer', () => {
    const looks = [...row('unavailable', 0, 1, 3, 7), [15 * SECOND, saw()] as Look, ...row('unavailable', 20)];
    expect(poll(looks).intervals.at(-1)).toBe(SECOND);
  });
});

describe('a job never seen', () => {
  test.each([
    ['unauthorized', [0, 300, 600]],
    ['rejected', [0, 60, 120]],
  ] as const)('that is %s ends after 3 over the time', (kind, [first, second, third]) => {
    const early = poll(row(kind, first, second, third - 1));
    expect(wordsOf(poll(row(kind, first, second, third)))).toEqual([kind, '-', `${kind}!`]);
    expect(wordsOf(early)).toEqual([kind, '-', '-']);
    expect(wordsOf(poll(row(kind, first, third)))).toEqual([kind, '-']);
  });

  test.each(['unavailable', 'rate-limited', 'malformed'] as const)('never ends because it is %s', (kind) => {
    const looks = Array.from({ length: 100 }, (_, index): Look => [index * HOUR, broke(kind)]);
    expect(wordsOf(poll(looks)).filter((word) => word.endsWith('!'))).toEqual([]);
  });

  test('counts each kind of refusal by itself: one kind resets the other', () => {
    const looks = [...row('rejected', 0, 60), ...row('unauthorized', 90), ...row('rejected', 120, 180, 239, 240)];
    expect(wordsOf(poll(looks))).toEqual(['rejected', '-', 'unauthorized', '-', '-', '-', 'rejected!']);
  });

  test('counts refusals through an outage', () => {
    const looks = [...row('unauthorized', 0, 60), ...row('unavailable', 120), ...row('unauthorized', 600)];
    expect(wordsOf(poll(looks)).at(-1)).toBe('unauthorized!');
  });
});

describe('a job seen before', () => {
  test.each(['unauthorized', 'rejected'] as const)(
    'never ends because it is %s: credentials are replaced from time to time',
    (kind) => {
      const looks = Array.from({ length: 50 }, (_, index): Look => [(index + 1) * 10 * MINUTE, broke(kind)]);
      const words = wordsOf(poll([seen, ...looks]));
      expect([words[1], words.slice(2).every((word) => word === '-')]).toEqual([kind, true]);
    },
  );
});
