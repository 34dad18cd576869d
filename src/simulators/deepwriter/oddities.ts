import { byPolls, COMPLETED, done, shows, saying, noJob, working } from './courses.ts';
import type { Ending, Fields, HttpAnswer, Json } from '../model.ts';
import type { Move, Scenario } from '../scenarios/scenario.ts';

/** `progress` and `percent_complete` in every combination of 3.5. `omit`: the missing ones. */
const PERCENTS: { fields: Fields; omit?: string[] }[] = [
  { fields: { progress: 12.5 }, omit: ['percent_complete'] },
  { fields: { percent_complete: 0.35 }, omit: ['progress'] },
  { fields: { percent_complete: 35 }, omit: ['progress'] },
  { fields: { percent_complete: 1 }, omit: ['progress'] },
  { fields: { progress: 75.5, percent_complete: 1 } },
  { fields: { progress: 20, percent_complete: 80 } },
  { fields: { progress: null, percent_complete: null } },
  { fields: { progress: '45', percent_complete: '45 %' } },
  { fields: { progress: -5, percent_complete: -5 } },
  { fields: { progress: 150, percent_complete: 150 } },
  { fields: { progress: '@raw:1e400', percent_complete: true } },
  { fields: {}, omit: ['progress', 'percent_complete'] },
];
const ODD_STATUSES: Json[] = ['processing', 'IN_PROGRESS', ' in_progress ', '', 7, null];
const NULLABLE = ['title', 'reasoning_model', 'writing_model', 'function_model', 'error_message'];
const OPTIONAL = [...NULLABLE, 'progress', 'progress_stage', 'percent_complete', 'is_byok', 'is_starred'];

const nulls = (names: string[]): Fields => Object.fromEntries(names.map((name) => [name, null]));
const ending = (at: number): Move[] => [working(at, 50), done(at + 1)];

/** Unusual answers of DeepWriter, which a simple adapter would misread. */
export const DEEPWRITER_ODDITIES: Record<string, Scenario> = {
  'progress-fields': {
    about:
      '`progress` only, `percent_complete` only (fraction, percent, 1), both in conflict, null, text, -5, 150, neither; then completed',
    numbers: [42],
    pitfalls: '3.5 H21 H22',
    plan: () => ({
      expected: COMPLETED,
      moves: [
        ...PERCENTS.map(({ fields, omit = [] }, at) => ({ at, omit, answer: { status: 'in_progress', ...fields } })),
        ...ending(PERCENTS.length),
      ],
    }),
  },
  'odd-states': {
    about:
      'the status is an unknown word, in capital letters, with blanks around it, empty, a number, null, or missing; answers have extra keys; then completed',
    numbers: [14],
    pitfalls: 'P6',
    plan: () => ({
      expected: COMPLETED,
      moves: [
        ...ODD_STATUSES.map((status, at) => ({ at, answer: { status, mood: 'odd', nested: { extra: [1] } } })),
        { at: 6, answer: {}, omit: ['status'] },
        ...ending(7),
      ],
    }),
  },
  'nullable-fields': {
    about: 'nullable fields null, then all optional ones null, then absent; then completed',
    numbers: [46],
    pitfalls: '3.2 P12',
    plan: () => ({
      expected: COMPLETED,
      moves: [
        saying(shows(0, 'in_progress', 10), nulls(NULLABLE)),
        { at: 1, answer: { status: 'in_progress', ...nulls(OPTIONAL) } },
        { at: 2, answer: { status: 'in_progress' }, omit: OPTIONAL },
        ...ending(3),
      ],
    }),
  },
  'updated-at-alone': {
    about: 'in_progress for `reads` reads in which only `updated_at` changes, then completed',
    numbers: [46],
    pitfalls: '3.2 P15',
    params: { reads: 10 },
    plan: (p) => ({
      expected: COMPLETED,
      moves: [saying(shows(0, 'in_progress', 50), { updated_at: '@iso-now:0' }), byPolls(done(0), p.number('reads'))],
    }),
  },
  'changing-pdf-url': {
    about: 'completed; `output_url_pdf` is different at each read',
    numbers: [46],
    pitfalls: '3.7',
    plan: () => ({
      expected: COMPLETED,
      moves: [
        working(0, 50),
        saying(shows(2, 'completed', 100), { output_url_pdf: '@count:https://files.example/book.pdf?signature=FAKE' }),
      ],
    }),
  },
  'error-bodies': {
    about: '500 as `{error}`, `{message}`, both, text; then completed',
    numbers: [45],
    pitfalls: '3.7',
    plan: () => {
      const bodies: HttpAnswer[] = [
        { status: 500, json: { error: 'one' } },
        { status: 500, json: { message: 'two' } },
        { status: 500, json: { error: 'three', message: 'drei' } },
        { status: 500, text: 'four' },
      ];
      return {
        expected: COMPLETED,
        moves: [working(0, 10), ...bodies.map((http, n) => ({ at: n + 1, http })), ...ending(5)],
      };
    },
  },
  'other-users-job': {
    about: 'the job belongs to another user: 403 or 404 at every read',
    numbers: [44],
    pitfalls: 'P9 P18',
    params: { status: 403 },
    choices: { status: [403, 404] },
    plan: (p) => {
      const forbidden = p.number('status') === 403;
      const expected: Ending = forbidden ? { status: 'unauthorized', reason: 'Forbidden' } : { status: 'not-found' };
      return {
        expected,
        expectedOnCancel: expected,
        cancel: { rest: { action: { kind: 'answer', ...noJob } } },
        moves: [{ http: forbidden ? { status: 403, json: { error: 'Forbidden' } } : noJob }],
      };
    },
  },
  'jwt-only': {
    about: '`createJob` answers with a bearer JWT as the credential of the job',
    numbers: [43],
    pitfalls: '3.1',
    plan: () => ({
      expected: COMPLETED,
      credential: { style: 'bearer' },
      moves: [shows(0, 'queued', 0), ...ending(1)],
    }),
  },
  'jwt-expires': {
    about:
      'the job has a JWT of its own, good for `calls` calls: 401 until another one is used (`setCredential` with `replaces`)',
    numbers: [43],
    pitfalls: '3.1 H25',
    params: { calls: 2 },
    plan: (p) => ({
      expected: { ...COMPLETED, note: 'once the credential was replaced' },
      credential: { style: 'bearer', callsLeft: p.number('calls') },
      moves: [shows(0, 'queued', 0), byPolls(working(0, 20), 1), byPolls(working(0, 60), 3), byPolls(done(0), 4)],
    }),
  },
};
