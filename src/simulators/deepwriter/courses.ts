import { envelopeText } from '../faults/error-envelopes.ts';
import type { Ending, Fields, HttpAnswer, Json } from '../model.ts';
import type { Move, Scenario } from '../scenarios/scenario.ts';

export const ERROR_MESSAGE = 'The model stopped answering after chapter 3';
export const COMPLETED: Ending = { status: 'completed' };

/** From `at` on, in units, the job has this status and progress. */
export function shows(at: number, status: string, progress: Json): Move {
  return { at, answer: { status, progress, percent_complete: progress } };
}
/** A move with more fields. */
export const saying = (move: Move, fields: Fields): Move => ({ ...move, answer: { ...move.answer, ...fields } });
export const working = (at: number, progress: Json, stage = 'generating_work'): Move =>
  saying(shows(at, 'in_progress', progress), { progress_stage: stage });
export const done = (at: number, progress: Json = 100): Move =>
  saying(shows(at, 'completed', progress), { progress_stage: 'finalizing' });
export const byPolls = (move: Move, afterPolls: number): Move => ({ ...move, at: undefined, afterPolls });
export const noJob: HttpAnswer = { status: 404, json: { error: 'Job not found' } };

const failedJob = (at: number, progress: Json, more: Fields = { error_message: ERROR_MESSAGE }): Move =>
  saying(shows(at, 'failed', progress), more);
const FAILED: Ending = { status: 'failed', reason: ERROR_MESSAGE };

/** The usual courses of a job at DeepWriter, without a cancel. */
export const DEEPWRITER_COURSES: Record<string, Scenario> = {
  success: {
    about: 'draft, submitted, queued, in_progress with stages, completed',
    numbers: [34],
    pitfalls: 'P2',
    plan: () => ({
      expected: COMPLETED,
      moves: [
        ...['draft', 'submitted', 'queued'].map((status, at) =>
          saying(shows(at, status, 0), { progress_stage: 'initializing' }),
        ),
        working(3, 10, 'planning_story'),
        ...[30, 50, 70, 90].map((progress, n) => working(n + 4, progress)),
        working(8, 97, 'finalizing'),
        done(9),
      ],
    }),
  },
  failure: {
    about: 'failed before the end; `message` text, null or absent',
    numbers: [35],
    pitfalls: 'P3',
    params: { message: 'text' },
    choices: { message: ['text', 'null', 'absent'] },
    plan: (p) => {
      if (p.text('message') === 'text')
        return { expected: FAILED, moves: [shows(0, 'queued', 0), working(1, 40), failedJob(3, 40)] };
      const end = {
        ...failedJob(3, 40, { error_message: null }),
        omit: p.text('message') === 'absent' ? ['error_message'] : [],
      };
      return { expected: { status: 'failed', reason: null }, moves: [shows(0, 'queued', 0), working(1, 40), end] };
    },
  },
  retry: {
    about: 'the service starts again: progress falls, and the job completes',
    numbers: [0],
    pitfalls: 'P4',
    plan: () => ({
      expected: COMPLETED,
      moves: [
        shows(0, 'queued', 0),
        working(1, 30),
        working(2, 60),
        saying(shows(3, 'queued', 0), { error_message: ERROR_MESSAGE }),
        working(4, 10),
        working(5, 80),
        done(7),
      ],
    }),
  },
  changes: {
    about:
      '`changes` reads with different answers, then `unchanged` reads with the same answer, then completed; the script counts reads only',
    numbers: [0],
    pitfalls: 'P15',
    params: { changes: 5, unchanged: 20 },
    plan: (p) => {
      const changes = p.number('changes');
      const steps = Array.from({ length: changes }, (_, n) => byPolls(working(0, n + 1), n));
      return { expected: COMPLETED, moves: [...steps, byPolls(done(0), changes + p.number('unchanged'))] };
    },
  },
  long: {
    about: 'in_progress at 10 % for `steps` steps, then completed: many reads without a change, and time for a cancel',
    numbers: [34],
    pitfalls: 'P15',
    params: { steps: 600 },
    plan: (p) => ({ expected: COMPLETED, moves: [working(0, 10), done(p.number('steps'))] }),
  },
  frozen: {
    about: 'in_progress for ever',
    numbers: [34],
    pitfalls: 'P15',
    plan: () => ({ expected: { status: 'never' }, moves: [working(0, 70)] }),
  },
  'draft-for-ever': {
    about: 'draft for ever',
    numbers: [34],
    pitfalls: 'P16',
    plan: () => ({
      expected: { status: 'never' },
      expectedOnCancel: { status: 'never' },
      moves: [shows(0, 'draft', 0)],
    }),
  },
  'cancelled-by-service': {
    about: 'cancelled without our request; `spelling` cancelled or canceled',
    numbers: [35],
    pitfalls: 'P3',
    params: { spelling: 'cancelled' },
    choices: { spelling: ['cancelled', 'canceled'] },
    plan: (p) => ({ expected: { status: 'cancelled' }, moves: [working(0, 20), shows(3, p.text('spelling'), 20)] }),
  },
  'full-then-failed': {
    about: 'progress 100, then failed',
    numbers: [35],
    pitfalls: 'P3',
    plan: () => ({ expected: FAILED, moves: [working(0, 100), failedJob(3, 100)] }),
  },
  'completed-at-40': {
    about: 'completed with progress 40',
    numbers: [35],
    pitfalls: 'P2',
    plan: () => ({ expected: COMPLETED, moves: [working(0, 40), done(3, 40)] }),
  },
  moderated: {
    about: 'stopped by moderation',
    numbers: [36],
    pitfalls: '3.4',
    plan: () => ({ expected: { status: 'moderated' }, moves: [working(0, 60), shows(3, 'moderated', 60)] }),
  },
  'moderated-then-completed': {
    about: 'moderated for `held` steps, or for `reads` reads if `reads` is above 0; then in_progress and completed',
    numbers: [36],
    pitfalls: '3.4',
    params: { held: 2, reads: 0 },
    plan: (p) => {
      const hold: Move = { ...shows(2, 'moderated', 60), ends: false };
      const reads = p.number('reads');
      if (reads > 0)
        return {
          expected: COMPLETED,
          moves: [working(0, 60), byPolls(hold, 1), byPolls(working(0, 70), 1 + reads), byPolls(done(0), 2 + reads)],
        };
      const back = 2 + p.number('held');
      return { expected: COMPLETED, moves: [working(0, 60), hold, working(back, 70), done(back + 2)] };
    },
  },
  removed: {
    about: 'in_progress, then 404 for ever',
    numbers: [45],
    pitfalls: 'P9',
    plan: () => ({
      expected: { status: 'lost' },
      expectedOnCancel: { status: 'cancelled' },
      moves: [working(0, 30), { at: 3, http: noJob, ends: true }],
    }),
  },
  'late-visible': {
    about: '404 for the first `misses` reads; then the job is there, and completes',
    numbers: [45],
    pitfalls: 'P9',
    params: { misses: 2 },
    plan: (p) => ({
      expected: COMPLETED,
      moves: [{ http: noJob }, byPolls(shows(0, 'queued', 0), p.number('misses')), working(1, 50), done(3)],
    }),
  },
  'not-found': {
    about: '404 at every read',
    numbers: [45, 44],
    pitfalls: 'P9',
    plan: () => ({
      expected: { status: 'not-found' },
      expectedOnCancel: { status: 'not-found' },
      moves: [{ http: noJob }],
    }),
  },
  'completed-then-removed': {
    about: 'completed, then deleted: 404',
    numbers: [45],
    pitfalls: 'P9 P20',
    plan: () => ({ expected: COMPLETED, moves: [working(0, 50), done(2), { at: 6, http: noJob }] }),
  },
  'error-text': {
    about: 'failed; the message has control characters, HTML and a fake credential, and is `bytes` long',
    numbers: [16, 11],
    pitfalls: 'H25 H26',
    params: { bytes: 2000 },
    plan: (p) => {
      const reason = envelopeText(p.number('bytes'));
      return {
        expected: { status: 'failed', reason, note: 'untrusted text' },
        moves: [working(0, 50), failedJob(2, 50, { error_message: reason })],
      };
    },
  },
};
