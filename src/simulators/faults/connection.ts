import type { FaultPreset } from './preset.ts';

/** Faults of the connection, the speed and the size. */
export const WIRE: Record<string, FaultPreset> = {
  'slow-headers': {
    about: 'the headers come after `ms`',
    numbers: [7],
    pitfalls: 'H19',
    params: { ms: 30_000 },
    make: (p) => ({ kind: 'real', delayMs: p.number('ms') }),
  },
  'no-answer': {
    about: 'the request is accepted, and never answered',
    numbers: [7],
    pitfalls: 'H19',
    params: {},
    make: () => ({ kind: 'hang' }),
  },
  'trickling-body': {
    about: 'the real body, `bytes` bytes every `everyMs` ms',
    numbers: [7],
    pitfalls: 'H19',
    params: { everyMs: 1000, bytes: 1 },
    make: (p) => ({ kind: 'trickle', everyMs: p.number('everyMs'), bytes: p.number('bytes') }),
  },
  'endless-body': {
    about: 'a body without an end, a piece every `everyMs` ms',
    numbers: [7],
    pitfalls: 'H19',
    params: { everyMs: 100 },
    make: (p) => ({ kind: 'endless', everyMs: p.number('everyMs') }),
  },
  'stalled-body': {
    about: 'half a body, then silence',
    numbers: [7],
    pitfalls: 'H19',
    params: {},
    make: () => ({ kind: 'stall' }),
  },
  'reset-before-headers': {
    about: 'the connection is reset',
    numbers: [8],
    pitfalls: 'H20',
    params: {},
    make: () => ({ kind: 'drop', when: 'before-headers' }),
  },
  'closed-without-answer': {
    about: 'the connection is closed',
    numbers: [8],
    pitfalls: 'H20',
    params: {},
    make: () => ({ kind: 'drop', when: 'without-answer' }),
  },
  'reset-in-body': {
    about: 'reset after half the body',
    numbers: [8],
    pitfalls: 'H20',
    params: {},
    make: () => ({ kind: 'drop', when: 'in-body' }),
  },
  truncated: {
    about: 'half of the JSON; `how` content-length, chunked or close',
    numbers: [9],
    pitfalls: 'H13',
    params: { how: 'content-length' },
    make: (p) => ({ kind: 'truncate', how: p.text('how') as 'content-length' | 'chunked' | 'close' }),
  },
  'huge-body': {
    about: '`bytes` of JSON, plain',
    numbers: [11],
    pitfalls: 'H15',
    params: { bytes: 52_428_800 },
    make: (p) => ({ kind: 'flood', bytes: p.number('bytes'), gzip: false }),
  },
  'gzip-bomb': {
    about: '`bytes` of JSON in a few kilobytes of gzip',
    numbers: [11],
    pitfalls: 'H15',
    params: { bytes: 209_715_200 },
    make: (p) => ({ kind: 'flood', bytes: p.number('bytes'), gzip: true }),
  },
};
