import { envelope, envelopeText } from './error-envelopes.ts';
import { fail, html, HTML, type FaultPreset } from './preset.ts';
import type { Action, RedirectTarget } from '../model.ts';

const BODIES: Record<string, Action> = {
  '204': { kind: 'answer', status: 204 },
  empty: { kind: 'answer', status: 200, text: '', headers: { 'content-type': 'application/json' } },
  blank: { kind: 'answer', status: 200, text: ' \n\t ', headers: { 'content-type': 'application/json' } },
  null: { kind: 'answer', status: 200, json: null },
  array: { kind: 'answer', status: 200, json: [] },
  scalar: { kind: 'answer', status: 200, json: 42 },
  text: { kind: 'answer', status: 200, text: 'OK' },
  html: { kind: 'answer', status: 200, text: HTML, headers: html },
  bom: { kind: 'real', prefix: '\u{feff}' },
  'json-as-text': { kind: 'real', headers: { 'content-type': 'text/plain' } },
  'text-as-json': { kind: 'answer', status: 200, text: 'all is well', headers: { 'content-type': 'application/json' } },
  nested: { kind: 'answer', status: 200, json: '@nested:100000' },
};

/** Faults that are complete answers, but wrong ones. */
export const ANSWERS: Record<string, FaultPreset> = {
  'cdn-page': {
    about: 'HTML of the CDN with `cf-ray`, and `cf-mitigated` if `challenge`; any `status`, 200 too',
    numbers: [5],
    pitfalls: 'P18 H10',
    params: { status: 403, challenge: true },
    make: (p) => ({
      kind: 'answer',
      status: p.number('status'),
      headers: {
        ...html,
        server: 'cloudflare',
        'cf-ray': '8f0000000000fake-SIM',
        ...(p.flag('challenge') ? { 'cf-mitigated': 'challenge' } : {}),
      },
      text: HTML,
    }),
  },
  envelope: {
    about: 'an error body of Docswrite, `shape` A to F (E: HTML, F: plain text), with any `status`',
    numbers: [6, 31],
    pitfalls: '2.5 P18 P19 H14',
    params: { shape: 'A', status: 500, code: 'INTERNAL', message: 'Something went wrong' },
    make: (p) =>
      envelope(p.text('shape'), { status: p.number('status'), code: p.text('code'), message: p.text('message') }),
  },
  'error-body': {
    about: 'an error of DeepWriter, `shape` error, message, both or text',
    numbers: [6, 45],
    pitfalls: '3.7 P9',
    params: { shape: 'error', status: 500, message: 'Something went wrong' },
    make: (p) => envelope(p.text('shape'), { status: p.number('status'), code: '', message: p.text('message') }),
  },
  'server-error': {
    about: '500, 502, 503 or 504 `as` json, text or empty; bursts by `times`, alternating by `every: 2`',
    numbers: [13],
    pitfalls: 'H20',
    params: { status: 500, as: 'json' },
    make: (p) => {
      const status = p.number('status');
      if (p.text('as') === 'empty') return { kind: 'answer', status };
      return p.text('as') === 'text'
        ? { kind: 'answer', status, text: 'upstream error' }
        : { kind: 'answer', status, json: { error: true, message: 'Internal server error' } };
    },
  },
  'error-text': {
    about: 'a 500 whose text has control characters, HTML and a fake credential, and is `bytes` long',
    numbers: [16, 11],
    pitfalls: 'H25 H26 H15',
    params: { bytes: 1048576 },
    make: (p) => ({ kind: 'answer', status: 500, json: { error: envelopeText(p.number('bytes')) } }),
  },
  'not-modified': {
    about: 'a 304, although the request was not conditional',
    numbers: [15],
    pitfalls: 'H17',
    params: {},
    make: () => ({ kind: 'answer', status: 304 }),
  },
  'other-id': {
    about: "the real answer with another job's id",
    numbers: [15],
    pitfalls: 'P11',
    params: {},
    make: () => ({ kind: 'real', lens: 'other-id' }),
  },
  'older-answer': {
    about: 'the answer of one step ago',
    numbers: [15],
    pitfalls: 'P11 H24',
    params: {},
    make: () => ({ kind: 'real', lens: 'older' }),
  },
  'late-answer': {
    about: 'the answer is made when the request arrives, and is sent `ms` later, so newer answers arrive before it',
    numbers: [15],
    pitfalls: 'H24',
    params: { ms: 1000 },
    make: (p) => ({ kind: 'real', delayMs: p.number('ms') }),
  },
  redirect: {
    about: '`status` 301, 302, 303, 307 or 308 `to` other-host, other-port, same-host, http or loop',
    numbers: [12],
    pitfalls: 'H17',
    params: { status: 302, to: 'other-host' },
    make: (p) => ({ kind: 'redirect', status: p.number('status'), to: p.text('to') as RedirectTarget }),
  },
  body: {
    about: `a 200 that is no job, or hardly: \`is\` ${Object.keys(BODIES).join(', ')}`,
    numbers: [10, 11],
    pitfalls: 'H11 H12 H16',
    params: { is: 'empty' },
    make: (p) => BODIES[p.text('is')] ?? fail(`body has no ${p.text('is')}`),
  },
};
