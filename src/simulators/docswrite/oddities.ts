import {
  active,
  completed,
  FAILED_REASON,
  failed,
  FAILURE,
  gone,
  POST_URL,
  published,
  SUCCESS,
  times,
  waiting,
} from './answers.ts';
import { envelopeText } from '../faults/error-envelopes.ts';
import type { Ending, Fields, Json } from '../model.ts';
import type { Given, Move, Scenario } from '../scenarios/scenario.ts';

const NO_LINK: Ending = { status: 'completed', link: null, warnings: 0 };
/** Values of `returnValue`, and the ending of such a job. */
const RESULTS: Record<string, { more: Fields; omit?: string[]; expected: Ending }> = {
  zero: { more: { returnValue: 0 }, expected: NO_LINK },
  'empty-text': { more: { returnValue: '' }, expected: NO_LINK },
  false: { more: { returnValue: false }, expected: NO_LINK },
  null: { more: { returnValue: null }, expected: NO_LINK },
  text: { more: { returnValue: 'published' }, expected: NO_LINK },
  array: { more: { returnValue: [published] }, expected: NO_LINK },
  absent: { more: {}, omit: ['returnValue'], expected: NO_LINK },
  'named-post': { more: { post: published }, omit: ['returnValue'], expected: SUCCESS },
  'link-in-data': { more: { returnValue: { error: false, data: { id: 1, link: POST_URL } } }, expected: SUCCESS },
  'url-in-data': { more: { returnValue: { error: false, data: { id: 1, url: POST_URL } } }, expected: SUCCESS },
  'error-true': { more: { returnValue: { error: true, message: FAILED_REASON } }, expected: FAILURE },
  'own-proto': { more: { returnValue: '@raw:{"__proto__":{"polluted":true},"error":false}' }, expected: NO_LINK },
  huge: {
    more: { returnValue: { error: false, post_url: POST_URL, html: '@text:1048576' } },
    expected: { ...SUCCESS, note: 'larger than any answer should be' },
  },
  nested: {
    more: { returnValue: '@nested:100000' },
    expected: { ...NO_LINK, note: 'deeper than any answer should be' },
  },
};

const ODD_PROGRESS: Json[] = [{ done: 3, of: 9 }, [1, 2], '45', '45 %', 'half', true, null, 150, -5, 0.5, '@raw:1e400'];
const ODD_STATES: Json[] = ['resting', 'ACTIVE', ' active ', '', 7, null];

const end = (p: Given, at: number): Move[] => [active(at - 1, 50, { p, begun: 0 }), completed(at, { p, begun: 0 })];

/** Unusual answers of Docswrite, which a simple adapter would misread. */
export const DOCSWRITE_ODDITIES: Record<string, Scenario> = {
  'odd-progress': {
    about: 'progress is an object, a list, a text, a boolean, null, 150, -5, 0.5, 1e400, or absent; then completed',
    numbers: [24],
    pitfalls: 'P5 H21 H22 H23',
    plan: (p) => ({
      expected: SUCCESS,
      moves: [
        ...ODD_PROGRESS.map((value, n) => active(n, value, { p, begun: 0 })),
        { ...active(11, 0, { p, begun: 0 }), omit: ['progress'] },
        ...end(p, 13),
      ],
    }),
  },
  'full-then-failed': {
    about: 'progress 100, then failed',
    numbers: [24],
    pitfalls: 'P3',
    plan: (p) => ({
      expected: FAILURE,
      moves: [active(0, 100, { p, begun: 0 }), failed(2, { p, begun: 0, more: { progress: 100 } })],
    }),
  },
  'completed-at-zero': {
    about: 'completed with progress 0',
    numbers: [24],
    pitfalls: 'P2',
    plan: (p) => ({
      expected: SUCCESS,
      moves: [active(0, 0, { p, begun: 0 }), completed(2, { p, begun: 0, more: { progress: 0 } })],
    }),
  },
  result: {
    about: 'completed with the `returnValue` that `is` names',
    numbers: [25, 11],
    pitfalls: 'P13 P19 H15 H16',
    params: { is: 'zero' },
    choices: { is: Object.keys(RESULTS) },
    plan: (p) => {
      const { more = {}, omit = [], expected = NO_LINK } = RESULTS[p.text('is')] ?? {};
      return { expected, moves: [active(0, 50, { p, begun: 0 }), { ...completed(2, { p, begun: 0, more }), omit }] };
    },
  },
  scheduled: {
    about: 'delayed without a start time for `steps` steps, then active, completed',
    numbers: [26],
    pitfalls: 'P7',
    params: { steps: 100 },
    plan: (p) => {
      const start = p.number('steps');
      const delayed = { at: 0, answer: { state: 'delayed', progress: 0, timestamp: '@ms:0' } };
      return {
        expected: SUCCESS,
        moves: [delayed, active(start, 10, { p, begun: start }), completed(start + 2, { p, begun: start })],
      };
    },
  },
  'paused-queue': {
    about: 'waiting for ever',
    numbers: [26],
    pitfalls: 'P16',
    plan: () => ({ expected: { status: 'never' }, moves: [waiting(0)] }),
  },
  'passing-states': {
    about: 'prioritized, waiting-children and paused before the end',
    numbers: [27],
    pitfalls: 'P6',
    plan: (p) => ({
      expected: SUCCESS,
      moves: [
        ...['prioritized', 'paused', 'waiting-children'].map((state, at) => ({
          at,
          answer: { state, timestamp: '@ms:0' },
        })),
        ...end(p, 5),
      ],
    }),
  },
  'odd-states': {
    about:
      'the state is an unknown word, in capital letters, with blanks around it, empty, a number, null, or missing; answers have extra keys; then completed',
    numbers: [14],
    pitfalls: 'P6',
    plan: (p) => ({
      expected: SUCCESS,
      moves: [
        ...ODD_STATES.map((state, at) => ({
          at,
          answer: { state, timestamp: '@ms:0', mood: 'odd', nested: { extra: [1] } },
        })),
        { at: 6, answer: { timestamp: '@ms:0' } },
        ...end(p, 8),
      ],
    }),
  },
  'error-on-200': {
    about: '`success:false`, `error:true`, no `data`, no wrapper, each with status 200; then completed',
    numbers: [31],
    pitfalls: 'P19 H14',
    plan: (p) => {
      const bodies: Fields[] = [
        { success: false, error: 'Try again later', data: { state: 'failed', failedReason: 'not true' } },
        { error: true, message: 'Try again later', state: 'completed' },
        { success: true },
        { state: 'active', progress: 40, timestamp: '@ms:0' },
      ];
      return {
        expected: SUCCESS,
        moves: [...bodies.map((json, at) => ({ at, http: { status: 200, json } })), ...end(p, 5)],
      };
    },
  },
  'optional-fields': {
    about:
      'optional fields have a value, are null, or are missing; timestamps are in seconds, a text, or before the creation',
    numbers: [32],
    pitfalls: 'P12 P17',
    plan: (p) => {
      const at = (n: number, fields: Fields): Move => ({ at: n, answer: { state: 'active', ...fields } });
      const nulls = { progress: null, returnValue: null, failedReason: null, processedOn: null, finishedOn: null };
      const moves = [
        at(0, { progress: 10, ...times(p, 0) }),
        at(1, { ...nulls, timestamp: null }),
        at(2, {}),
        at(3, { progress: 20, timestamp: '@s:0', processedOn: '@s:1000' }),
        at(4, { progress: 20, timestamp: '@ms-text:0', processedOn: '@iso:0' }),
        at(5, { progress: 30, timestamp: '@ms:0', processedOn: '@ms:-90000' }),
      ];
      return { expected: SUCCESS, moves: [...moves, ...end(p, 7)] };
    },
  },
  'error-text': {
    about: 'failed; the reason has control characters, HTML and a fake credential, and is `bytes` long',
    numbers: [16],
    pitfalls: 'H25 H26',
    params: { bytes: 2000 },
    plan: (p) => {
      const reason = envelopeText(p.number('bytes'));
      return {
        expected: { status: 'failed', reason, note: 'untrusted text' },
        moves: [active(0, 50, { p, begun: 0 }), failed(2, { p, begun: 0, more: { failedReason: reason } })],
      };
    },
  },
  purged: {
    about: 'active, then `unknown` for two reads, then deleted: 404',
    numbers: [22],
    pitfalls: 'P9',
    plan: (p) => ({
      expected: { status: 'lost' },
      moves: [
        active(0, 50, { p, begun: 0 }),
        { at: 2, ends: true, answer: { state: 'unknown' } },
        { at: 4, http: gone },
      ],
    }),
  },
};
