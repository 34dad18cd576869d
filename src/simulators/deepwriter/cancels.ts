import { COMPLETED, done, ERROR_MESSAGE, shows, saying, working } from './courses.ts';
import type { CancelCall, CancelPlan, Ending, Fields } from '../model.ts';
import type { Given, Move, Scenario } from '../scenarios/scenario.ts';

const CANCELLED: Ending = { status: 'cancelled' };
const repeat = (call: CancelCall, times: number): CancelCall[] => Array.from({ length: times }, () => call);
/** A job that runs long enough for a cancel. */
const underWay = (steps: number): Move[] => [working(0, 10), working(1, 40), done(steps)];

/** Counts in polls if the scenario counts in polls (`stepPolls`), otherwise in ms. */
function confirmAfter(p: Given): NonNullable<CancelPlan['confirm']> {
  const units = p.number('confirmSteps');
  const polls = p.json('stepPolls');
  return typeof polls === 'number' ? { afterPolls: Math.round(units * polls) } : { afterMs: p.ms(units) };
}

const DOWN: Record<string, CancelCall> = {
  '500': { preset: 'error-body', params: { status: 500 } },
  '503': { preset: 'error-body', params: { status: 503 } },
  '429': { preset: 'retry-after-seconds', params: { seconds: 1 } },
  cdn: { preset: 'cdn-page', params: { status: 503 } },
  'time-out': { preset: 'no-answer' },
  reset: { preset: 'reset-before-headers' },
};
const ACCEPTED: Record<string, CancelCall> = {
  empty: { action: { kind: 'answer', status: 200 }, effect: true },
  html: { preset: 'body', params: { is: 'html' }, effect: true },
  text: { preset: 'body', params: { is: 'text' }, effect: true },
  'no-message': { action: { kind: 'answer', status: 200, json: {} }, effect: true },
  '204': { action: { kind: 'answer', status: 204 }, effect: true },
};

const refused = (status: number, error: string): CancelCall => ({
  action: { kind: 'answer', status, json: { error } },
});
const common = { params: { confirmSteps: 2, steps: 600 } satisfies Fields };

/** What can happen to a cancel at DeepWriter. The caller sends it while the job runs, unless `about` says otherwise. */
export const DEEPWRITER_CANCELS: Record<string, Scenario> = {
  'cancel-confirmed': {
    ...common,
    about: 'the cancel is accepted; in_progress for `confirmSteps` steps, then cancelled below 100 %',
    numbers: [37],
    pitfalls: '3.3',
    plan: (p) => ({
      asksCancel: true,
      expected: CANCELLED,
      cancel: { confirm: confirmAfter(p) },
      moves: underWay(p.number('steps')),
    }),
  },
  'cancel-too-late': {
    about: 'the cancel is accepted, but the job ends at step 4 before it takes effect; `end` completed or failed',
    numbers: [38],
    pitfalls: '3.3',
    params: { end: 'completed' },
    choices: { end: ['completed', 'failed'] },
    plan: (p) => {
      const completes = p.text('end') === 'completed';
      const end = completes ? done(4) : saying(shows(4, 'failed', 40), { error_message: ERROR_MESSAGE });
      return {
        asksCancel: true,
        expected: completes ? COMPLETED : { status: 'failed', reason: ERROR_MESSAGE },
        cancel: { confirm: null },
        moves: [working(0, 10), working(1, 40), end],
      };
    },
  },
  'cancel-finished': {
    about: 'the job has finished when step 1 begins, so a cancel is answered 400',
    numbers: [39],
    pitfalls: '3.3',
    plan: () => ({ expected: COMPLETED, expectedOnCancel: COMPLETED, moves: [working(0, 90), done(1)] }),
  },
  'cancel-draft': {
    ...common,
    about: 'a cancel is answered 400 while the job is a draft, for `draftSteps` steps; later 200',
    numbers: [39],
    pitfalls: '3.3',
    params: { ...common.params, draftSteps: 5 },
    plan: (p) => {
      const start = p.number('draftSteps');
      return {
        asksCancel: true,
        expected: CANCELLED,
        cancel: { confirm: confirmAfter(p) },
        moves: [shows(0, 'draft', 0), shows(start, 'queued', 0), done(start + p.number('steps'))],
      };
    },
  },
  'cancel-second-refused': {
    ...common,
    about: 'the first cancel is accepted; every further one is answered 400',
    numbers: [39],
    pitfalls: '3.3',
    plan: (p) => ({
      asksCancel: true,
      expected: CANCELLED,
      cancel: { calls: [{}], rest: refused(400, 'Job is already being cancelled'), confirm: confirmAfter(p) },
      moves: underWay(p.number('steps')),
    }),
  },
  'cancel-down': {
    about: 'the cancel endpoint fails for `calls` calls, `by` 500, 503, 429, cdn, time-out or reset; then it works',
    numbers: [40],
    pitfalls: '3.3 H10',
    params: { ...common.params, by: '503', calls: 3 },
    choices: { by: Object.keys(DOWN) },
    plan: (p) => ({
      asksCancel: true,
      expected: CANCELLED,
      cancel: { calls: repeat(DOWN[p.text('by')] ?? {}, p.number('calls')), confirm: confirmAfter(p) },
      moves: underWay(p.number('steps')),
    }),
  },
  'cancel-unanswered': {
    ...common,
    about: 'the first cancel gets no answer, but takes effect; further ones are answered 400',
    numbers: [40],
    pitfalls: '3.3',
    plan: (p) => ({
      asksCancel: true,
      expected: CANCELLED,
      cancel: {
        calls: [{ preset: 'no-answer', effect: true }],
        rest: refused(400, 'Job is already being cancelled'),
        confirm: confirmAfter(p),
      },
      moves: underWay(p.number('steps')),
    }),
  },
  'cancel-ignored': {
    about: 'each cancel is accepted, and none takes effect: the job is in_progress for ever',
    numbers: [41],
    pitfalls: '3.3',
    plan: () => ({
      asksCancel: true,
      expected: { status: 'never', note: 'the cancel is never confirmed' },
      cancel: { confirm: null },
      moves: [working(0, 10), working(1, 40)],
    }),
  },
  'cancel-refused': {
    about: 'every cancel is answered `status` 400, 401, 403 or 404; the job completes at step `steps`',
    numbers: [41],
    pitfalls: '3.1 3.3',
    params: { status: 400, steps: 600 },
    choices: { status: [400, 401, 403, 404] },
    plan: (p) => ({
      asksCancel: true,
      expected: COMPLETED,
      cancel: { rest: refused(p.number('status'), 'Cancel refused') },
      moves: underWay(p.number('steps')),
    }),
  },
  'cancel-answer': {
    about: 'the cancel is accepted with an unusual answer: `is` empty, html, text, no-message or 204',
    numbers: [41],
    pitfalls: '3.3 H11',
    params: { ...common.params, is: 'empty' },
    choices: { is: Object.keys(ACCEPTED) },
    plan: (p) => ({
      asksCancel: true,
      expected: CANCELLED,
      cancel: { rest: ACCEPTED[p.text('is')], confirm: confirmAfter(p) },
      moves: underWay(p.number('steps')),
    }),
  },
};
