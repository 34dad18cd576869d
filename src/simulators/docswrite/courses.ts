import { active, completed, failed, FAILURE, gone, POST_URL, published, SUCCESS, times, waiting } from './answers.ts';
import type { Move, Scenario } from '../scenarios/scenario.ts';

const shortest: Move[] = [
  { at: 0, answer: { state: 'waiting' } },
  { at: 1, answer: { state: 'active', progress: 50 } },
  { at: 2, answer: { state: 'completed', returnValue: published } },
];

/** The usual courses of a job at Docswrite. */
export const DOCSWRITE_COURSES: Record<string, Scenario> = {
  success: {
    about: 'waiting, active with progress that rises, completed with a link',
    numbers: [17],
    pitfalls: 'P2',
    plan: (p) => ({
      expected: SUCCESS,
      moves: [
        waiting(0),
        ...[0, 20, 40, 60, 80, 100].map((progress, n) => active(n + 1, progress, { p })),
        completed(7, { p }),
      ],
    }),
  },
  shortest: {
    about: 'the shortest bodies that were seen',
    numbers: [17],
    pitfalls: 'P2 P12',
    plan: () => ({
      expected: SUCCESS,
      moves: shortest,
    }),
  },
  'all-fields': {
    about: 'all eight documented fields in each answer',
    numbers: [17],
    pitfalls: 'P12',
    plan: (p) => {
      const empty = { returnValue: null, failedReason: null, processedOn: null, finishedOn: null };
      return {
        expected: SUCCESS,
        moves: [
          waiting(0, { ...empty, timestamp: '@ms:0' }),
          { at: 1, answer: { state: 'active', progress: 50, ...empty, ...times(p, 1) } },
          completed(2, { p, more: { failedReason: null } }),
        ],
      };
    },
  },
  failure: {
    about: 'active, then failed; `reason` text, null or absent',
    numbers: [17],
    pitfalls: 'P14',
    params: { reason: 'text' },
    choices: { reason: ['text', 'null', 'absent'] },
    plan: (p) => {
      const given = p.text('reason') === 'text';
      const end = failed(3, { p, more: given ? {} : { failedReason: null } });
      const omit = p.text('reason') === 'absent' ? ['failedReason'] : [];
      return {
        expected: given ? FAILURE : { status: 'failed', reason: null },
        moves: [waiting(0), active(1, 30, { p }), { ...end, omit }],
      };
    },
  },
  partial: {
    about: 'completed, but some images failed',
    numbers: [25],
    pitfalls: 'P19',
    plan: (p) => {
      const returnValue = { ...published, image_failures: ['https://img.example/1.png', 'https://img.example/2.png'] };
      return {
        expected: { ...SUCCESS, warnings: 2 },
        moves: [waiting(0), active(1, 50, { p }), completed(3, { p, more: { returnValue } })],
      };
    },
  },
  changes: {
    about:
      '`changes` reads with different answers, then `unchanged` reads with the same answer, then completed; the script counts reads only',
    numbers: [0],
    pitfalls: 'P15',
    params: { changes: 5, unchanged: 20 },
    plan: (p) => {
      const changes = p.number('changes');
      const steps = Array.from({ length: changes }, (_, n) => ({
        ...active(0, n + 1, { p, begun: 0 }),
        at: undefined,
        afterPolls: n,
      }));
      return {
        expected: SUCCESS,
        moves: [
          ...steps,
          { ...completed(0, { p, begun: 0 }), at: undefined, afterPolls: changes + p.number('unchanged') },
        ],
      };
    },
  },
  long: {
    about: 'active at 10 % for `steps` steps, then completed: many reads without a change',
    numbers: [0],
    pitfalls: 'P15',
    params: { steps: 600 },
    plan: (p) => ({
      expected: SUCCESS,
      moves: [active(0, 10, { p, begun: 0 }), completed(p.number('steps'), { p, begun: 0 })],
    }),
  },
  removed: {
    about: 'waiting, active, then deleted before an end; the answer is then `as` 404, unknown or stuck',
    numbers: [22],
    pitfalls: 'P9',
    params: { as: '404' },
    choices: { as: ['404', 'unknown', 'stuck'] },
    plan: (p) => {
      const shown = p.text('as') === '404' ? { http: gone } : { answer: { state: p.text('as') } };
      return {
        expected: { status: 'lost' },
        moves: [waiting(0), active(1, 50, { p }), { at: 3, ends: true, ...shown }],
      };
    },
  },
  'late-visible': {
    about: '404 for the first `misses` reads; then the job is there, and completes',
    numbers: [22],
    pitfalls: 'P9',
    params: { misses: 2 },
    plan: (p) => ({
      expected: SUCCESS,
      moves: [
        { http: gone },
        { ...waiting(0), at: undefined, afterPolls: p.number('misses') },
        active(1, 50, { p }),
        completed(3, { p }),
      ],
    }),
  },
  'not-found': {
    about: '404 at every read',
    numbers: [22],
    pitfalls: 'P9',
    plan: () => ({ expected: { status: 'not-found' }, moves: [{ http: gone }] }),
  },
  'completed-then-removed': {
    about: 'completed, then deleted: 404',
    numbers: [22],
    pitfalls: 'P9 P20',
    plan: (p) => ({
      expected: SUCCESS,
      moves: [active(0, 50, { p, begun: 0 }), completed(2, { p, begun: 0 }), { at: 6, http: gone }],
    }),
  },
  torn: {
    about:
      'completed, but the answer has no result and no end time; the next answer has both. With `whole` false no answer has them',
    numbers: [23],
    pitfalls: 'P10',
    params: { whole: true },
    choices: { whole: [true, false] },
    plan: (p) => {
      const half = { answer: { state: 'completed', progress: 100, returnValue: null, ...times(p, 0) }, afterPolls: 1 };
      const moves = [active(0, 50, { p, begun: 0 }), half];
      if (!p.flag('whole')) return { expected: { status: 'completed', link: null, warnings: 0 }, moves };
      return {
        expected: { ...SUCCESS, link: POST_URL },
        moves: [...moves, { ...completed(2, { p, begun: 0 }), at: undefined, afterPolls: 2 }],
      };
    },
  },
};
