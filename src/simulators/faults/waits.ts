import { fail, type FaultPreset, type Given } from './preset.ts';
import type { Action } from '../model.ts';

const WORD = { error: true, message: 'Too many requests', details: 'Slow down' };

function limited(status: number, headers: Record<string, string | string[]>, dateSkewMs = 0): Action {
  return { kind: 'answer', status, headers, json: WORD, dateSkewMs };
}

/** Faults that ask the client to wait. */
export const WAITS: Record<string, FaultPreset> = {
  'retry-after-seconds': {
    about: '429 (or `status`) with `Retry-After` as digits',
    numbers: [1],
    pitfalls: 'H1 H4',
    params: { status: 429, seconds: 5 },
    make: (p) => limited(p.number('status'), { 'retry-after': String(p.number('seconds')) }),
  },
  'retry-after-date': {
    about:
      '`Retry-After` as a date `inMs` from now (negative: past); `shape` imf, 850 or asctime; the `Date` header off by `dateSkewMs`',
    numbers: [1],
    pitfalls: 'H2 H4 H5',
    params: { status: 429, shape: 'imf', inMs: 5000, dateSkewMs: 0 },
    make: (p) =>
      limited(
        p.number('status'),
        { 'retry-after': `@date-${p.text('shape')}:${p.number('inMs') + p.number('dateSkewMs')}` },
        p.number('dateSkewMs'),
      ),
  },
  'retry-after-text': {
    about: '`Retry-After` as any text: `soon`, `-1`, empty, `1.5`, `99999999999`',
    numbers: [2],
    pitfalls: 'H3 H4 H9',
    params: { status: 429, value: 'soon' },
    make: (p) => limited(p.number('status'), { 'retry-after': p.text('value') }),
  },
  'retry-after-doubled': {
    about: 'two `Retry-After` headers',
    numbers: [2],
    pitfalls: 'H3',
    params: { status: 429, first: '5', second: '9' },
    make: (p) => limited(p.number('status'), { 'retry-after': [p.text('first'), p.text('second')] }),
  },
  'retry-after-none': {
    about: '429 or 503 without the header',
    numbers: [1, 2],
    pitfalls: 'H3 H5',
    params: { status: 429 },
    make: (p) => limited(p.number('status'), {}),
  },
  'rate-limit': {
    about:
      'rate headers on the real answer, or on a 429: `shape` draft-06, draft-07, draft-08, x-ratelimit or broken; `reset` as seconds, epoch-s or epoch-ms',
    numbers: [3],
    pitfalls: 'H6 H7 H8',
    params: { shape: 'draft-06', limit: 60, remaining: 0, reset: 30, resetAs: 'seconds', limited: false },
    make: (p) => (p.flag('limited') ? limited(429, rateHeaders(p)) : { kind: 'real', headers: rateHeaders(p) }),
  },
};

function rateHeaders(p: Given): Record<string, string> {
  const [limit, remaining] = [String(p.number('limit')), String(p.number('remaining'))];
  const seconds = String(p.number('reset'));
  const reset = p.text('resetAs') === 'seconds' ? seconds : `@${p.text('resetAs')}:${p.number('reset') * 1000}`;
  switch (p.text('shape')) {
    case 'draft-06':
      return { 'RateLimit-Limit': limit, 'RateLimit-Remaining': remaining, 'RateLimit-Reset': reset };
    case 'x-ratelimit':
      return { 'X-RateLimit-Limit': limit, 'X-RateLimit-Remaining': remaining, 'X-RateLimit-Reset': reset };
    case 'draft-07':
      return { RateLimit: `limit=${limit}, remaining=${remaining}, reset=${seconds}` };
    case 'draft-08':
      return { RateLimit: `"default";r=${remaining};t=${seconds}`, 'RateLimit-Policy': `"default";q=${limit};w=60` };
    case 'broken':
      return { RateLimit: 'limit=,;;remaining="', 'RateLimit-Remaining': 'none', 'X-RateLimit-Reset': 'soon' };
    default:
      return fail(`rate-limit has no shape ${p.text('shape')}`);
  }
}
