import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clampRetryAfterMs,
  delayMs,
  httpDateMs,
  MAX_DELAY_MS,
  retryAfterMs,
} from '../../../../src/providers/http/retry-after.ts';
import { failureOf, polled } from '../service.ts';

const NOON = Date.UTC(1994, 10, 6, 12, 0, 0);

describe('one header value', () => {
  test.each([
    ['5', 5_000],
    [' 120 ', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    ['99999999999', MAX_DELAY_MS],
  ])('H1: digits are seconds: %j', (value, ms) => {
    expect(retryAfterMs([value], null, NOON)).toBe(ms);
  });

  test.each(['Sun, 06 Nov 1994 12:00:30 GMT', 'Sunday, 06-Nov-94 12:00:30 GMT', 'Sun Nov  6 12:00:30 1994'])(
    'H2: each of the three formats of a date is read, as UTC: %s',
    (value) => {
      expect(retryAfterMs([value], null, NOON)).toBe(30_000);
    },
  );

  test("H2: a date counts from the answer's own Date, so that a skewed clock does no harm", () => {
    expect(retryAfterMs(['Sun, 06 Nov 1994 12:00:30 GMT'], NOON + 10_000, NOON + 3_600_000)).toBe(20_000);
  });

  test('H2: a date in the past is no wait', () => {
    expect(retryAfterMs(['Sun, 06 Nov 1994 11:00:00 GMT'], null, NOON)).toBe(0);
  });

  test('H2: a year of two digits lies at most 50 years ahead', () => {
    expect(httpDateMs('Sunday, 06-Nov-94 12:00:00 GMT', Date.UTC(2026, 0, 1))).toBe(NOON);
  });

  test.each([
    'soon',
    '-1',
    '',
    ' ',
    '+5',
    '1e3',
    '5s',
    'Retry in 5',
    '2026-01-01T00:00:00Z',
    'Sun, 31 Feb 1994 12:00:00 GMT',
    'Sun, 06 Nov 1994 25:00:00 GMT',
    'Sun, 06 Nox 1994 12:00:00 GMT',
  ])('H3: anything else is no header: %j', (value) => {
    expect(retryAfterMs([value], null, NOON)).toBeNull();
  });

  test.each([[['5, 9']], [['9', '5']], [['5, soon, 9']], [['5', 'Sun, 06 Nov 1994 12:00:09 GMT']]])(
    'H3: of a repeated header the longest valid wait counts: %j',
    (values) => {
      expect(retryAfterMs(values, null, NOON)).toBe(9_000);
    },
  );

  test('H4: a wait is limited to 1 s to 1 h', () => {
    expect([0, 999, 5_000, MAX_DELAY_MS, Number.NaN].map(clampRetryAfterMs)).toEqual([
      1_000, 1_000, 5_000, 3_600_000, 1_000,
    ]);
  });

  test('H9: every delay is a whole, finite number that a timer accepts', () => {
    expect([Number.NaN, -1, 0.2, 1e12, Infinity, -Infinity].map(delayMs)).toEqual([
      0,
      0,
      1,
      MAX_DELAY_MS,
      MAX_DELAY_MS,
      0,
    ]);
  });
});

describe('any header value', () => {
  const anyValue = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[0-9.,+\-e ]{0,20}$/),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.double().map(String),
  );

  test('H9: for any header the wait is none, or a timer accepts it', () => {
    fc.assert(
      fc.property(fc.array(anyValue), fc.option(fc.integer()), fc.integer(), (values, dateMs, nowMs) => {
        const ms = retryAfterMs(values, dateMs, nowMs);
        return ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_DELAY_MS);
      }),
    );
  });

  test('H1: any whole number of seconds up to a day is read as sent', () => {
    fc.assert(
      fc.property(fc.nat(86_400), (seconds) => retryAfterMs([String(seconds)], null, NOON) === seconds * 1_000),
    );
  });

  test('H2: any time written as an HTTP date is read back', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    fc.assert(
      fc.property(
        seconds,
        seconds,
        (at, now) => httpDateMs(new Date(at * 1_000).toUTCString(), now * 1_000) === at * 1_000,
      ),
    );
  });
});

describe('on the wire', () => {
  const limited = { status: 429, body: { error: true, message: 'Too many requests' } };

  test('H1: the seconds of a 429 reach the caller', async () => {
    expect(await failureOf(polled({ ...limited, headers: { 'retry-after': '5' } }))).toEqual({
      kind: 'rate-limited',
      status: 429,
      retryAfterMs: 5_000,
      edge: false,
      message: 'docswrite: poll rate-limited [http=429, retry-after=5s]: Too many requests',
    });
  });

  test('H2: a date is read against the Date of the same answer', async () => {
    const headers = { date: 'Sun, 06 Nov 1994 12:00:00 GMT', 'retry-after': 'Sun, 06 Nov 1994 12:00:07 GMT' };
    expect(await failureOf(polled({ ...limited, headers }))).toMatchObject({ retryAfterMs: 7_000 });
  });

  test('H3: of a header sent twice the longest wait counts, although Node shows only the first', async () => {
    const told = await failureOf(polled({ ...limited, headers: { 'retry-after': ['5', '9'] } }));
    expect(told.retryAfterMs).toBe(9_000);
  });

  test('H3: without a readable header there is no wait', async () => {
    expect(await failureOf(polled({ ...limited, headers: { 'retry-after': 'soon' } }))).toMatchObject({
      retryAfterMs: null,
    });
  });

  test('H4: a limited wait is noted in the message', async () => {
    const told = await failureOf(polled({ ...limited, headers: { 'retry-after': '86400' } }));
    expect(told).toMatchObject({ retryAfterMs: 3_600_000 });
    expect(told.message).toContain('retry-after=3600s (asked: 86400s)');
  });

  test.each([
    [503, 5_000],
    [500, null],
    [404, null],
  ])('H5: Retry-After is read only with 429 and 503: %i', async (status, ms) => {
    const told = await failureOf(polled({ status, headers: { 'retry-after': '5' }, body: { error: true } }));
    expect(told.retryAfterMs).toBe(ms);
  });

  test('H5: with a 200 it changes nothing', async () => {
    const body = { data: { state: 'active' } };
    expect(await polled({ headers: { 'retry-after': '500' }, body })).toMatchObject({ state: 'running' });
  });
});
