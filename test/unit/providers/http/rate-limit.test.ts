import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quotaWaitMs } from '../../../../src/providers/http/rate-limit.ts';
import { deepwriter } from '../../../../src/providers/deepwriter/adapter.ts';
import { answering, calm, DEEPWRITER_JOB, secretOf, UUID } from '../service.ts';
import { openAccount } from '../../../../src/providers/account.ts';

const NOW = Date.UTC(2026, 0, 1);

function waitOf(headers: Record<string, string | string[]>, dateMs: number | null = NOW): number | null {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return quotaWaitMs({ valuesOf: (name) => [lower[name] ?? []].flat(), dateMs, nowMs: NOW + 5_000 });
}

const three = (remaining: string, reset: string, prefix = 'RateLimit'): Record<string, string> => ({
  [`${prefix}-Limit`]: '60',
  [`${prefix}-Remaining`]: remaining,
  [`${prefix}-Reset`]: reset,
});

describe('H6: the rate headers', () => {
  test.each<[string, Record<string, string | string[]>]>([
    ['RateLimit-Remaining: 0 and -Reset: 30 (drafts to -06, Docswrite)', three('0', '30')],
    ['X-RateLimit-Remaining: 0 and -Reset: 30', three('0', '30', 'X-RateLimit')],
    ['X-RATELIMIT-REMAINING, in capitals', three('0', '30', 'X-RATELIMIT')],
    ['RateLimit: limit=60, remaining=0, reset=30 (draft -07)', { RateLimit: 'limit=60, remaining=0, reset=30' }],
    [
      'RateLimit: "default";r=0;t=30 (draft -08)',
      { RateLimit: '"default";r=0;t=30', 'RateLimit-Policy': '"default";q=60;w=60' },
    ],
    ['a list of quotas, of which one is used up', { RateLimit: '"burst";r=9;t=600, "daily";r=0;t=30' }],
    ['a name that holds separators', { RateLimit: '"a,b;r=5;t=9";r=0;t=30' }],
    ['two headers of one name', { RateLimit: ['"burst";r=5;t=2', '"daily";r=0;t=30'] }],
    ['three headers joined by a proxy', three('9, 0', '600, 30')],
  ])('%s defer calls for 30 s', (_, headers) => {
    expect(waitOf(headers)).toBe(30_000);
  });

  test.each<[string, Record<string, string>]>([
    ['calls remain', three('1', '30')],
    ['calls remain, by draft -07', { RateLimit: 'limit=60, remaining=59, reset=30' }],
    ['calls remain, by draft -08', { RateLimit: '"default";r=59;t=30' }],
    ['no reset is said', { 'RateLimit-Remaining': '0' }],
    ['the remaining is no number', three('none', '30')],
    ['the remaining is empty', three('', '30')],
    ['the reset is no number', three('0', 'soon')],
    ['the header is broken', { RateLimit: 'limit=,;;remaining="' }],
    ['there is none', {}],
  ])('defer nothing if %s', (_, headers) => {
    expect(waitOf(headers)).toBeNull();
  });
});

describe('H7: the reset', () => {
  test.each<[string, string, number]>([
    ['30 is seconds left', '30', 30_000],
    ['above 1e9 it is a moment in seconds, by the clock of the answer', String(NOW / 1_000 + 30), 30_000],
    ['above 1e12 it is a moment in ms, by the clock of the answer', String(NOW + 30_000), 30_000],
    ['a past moment counts as 1 s (H4)', String(NOW / 1_000 - 30), 1_000],
    ['-5 counts as 1 s (H4)', '-5', 1_000],
    ['0 counts as 1 s (H4)', '0', 1_000],
    ['a day counts as 1 h (H4)', '86400', 3_600_000],
  ])('%s', (_, reset, waitMs) => {
    expect(waitOf(three('0', reset))).toBe(waitMs);
  });

  test('is measured by our clock if the answer has no date', () => {
    expect(waitOf(three('0', String(NOW / 1_000 + 35)), null)).toBe(30_000);
  });

  test('of several empty quotas the one with the longest wait counts', () => {
    expect(waitOf({ RateLimit: '"burst";r=0;t=2, "daily";r=0;t=30, "free";r=1;t=900' })).toBe(30_000);
  });
});

test('for any headers the wait is none, or from 1 s to 1 h (H9)', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('0', '-1', '1e99', '30', 'r=0', 't=', '"', '9'.repeat(40)));
  const value = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(';'));
  const names = ['RateLimit', 'RateLimit-Remaining', 'RateLimit-Reset', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
  const headers = fc.dictionary(fc.constantFrom(...names), value);
  fc.assert(
    fc.property(headers, (given) => {
      const waitMs = waitOf(given);
      const isBounded = waitMs !== null && Number.isInteger(waitMs) && waitMs >= 1_000 && waitMs <= 3_600_000;
      expect(waitMs === null || isBounded).toBe(true);
    }),
  );
});

describe('H8: an account', () => {
  async function toldBy(headers: Record<string, string>, status = 200): Promise<number[]> {
    const { url } = await answering({ status, headers, body: { id: UUID, status: 'in_progress' } });
    const told: number[] = [];
    const facts = { name: 'default', provider: 'deepwriter', baseUrl: url, auth: null, requestsPerMinute: null };
    const account = { ...facts, secret: secretOf('a-secret-key') };
    const opened = openAccount(deepwriter, account, { onQuotaUsedUp: (forMs) => told.push(forMs) });
    await opened.poll(DEEPWRITER_JOB, calm).catch(() => undefined);
    opened.close();
    return told;
  }

  test('reports a 200 with 0 remaining, although the answer is good', async () => {
    expect(await toldBy(three('0', '30'))).toEqual([30_000]);
  });

  test('reports a 429 with 0 remaining and no Retry-After', async () => {
    expect(await toldBy(three('0', '30'), 429)).toEqual([30_000]);
  });

  test('reports nothing if Retry-After says more', async () => {
    expect(await toldBy({ ...three('0', '30'), 'Retry-After': '5' }, 429)).toEqual([]);
  });

  test('reports nothing while 1 remains', async () => {
    expect(await toldBy(three('1', '30'))).toEqual([]);
  });
});
