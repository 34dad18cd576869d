import { active, completed, failed, SUCCESS, waiting } from './answers.ts';
import type { Ending, Fields, HttpAnswer } from '../model.ts';
import type { Given, Move, Scenario } from '../scenarios/scenario.ts';

function refusals(p: Given): { http: HttpAnswer; expected: Ending } {
  const as = p.text('as');
  const message =
    as === 'plan-wording'
      ? 'Your plan does not include this feature'
      : as === 'access-denied'
        ? 'Access denied'
        : 'Forbidden';
  const expected: Ending = { status: 'unauthorized', reason: message };
  if (as === 'PLAN_LIMIT') return { http: { status: 402, json: { error: true, code: as, message } }, expected };
  if (as === 'access-denied')
    return {
      http: { status: 403, json: { error: true, message, details: 'This job belongs to another user' } },
      expected,
    };
  const code: Fields = as === 'plan-wording' ? {} : { code: as };
  return { http: { status: 403, json: { error: true, ...code, message } }, expected };
}

const end = (p: Given, at: number): Move[] => [active(at - 1, 50, { p, begun: 0 }), completed(at, { p, begun: 0 })];

/** Jobs at Docswrite with a problem of identity: another job, another queue, or another user. */
export const DOCSWRITE_IDENTITIES: Record<string, Scenario> = {
  'same-id-new-job': {
    about: 'the queue is emptied, and a new job gets the same id, with another `timestamp`',
    numbers: [28],
    pitfalls: 'P11',
    plan: (p) => {
      const other = { timestamp: `@ms:${p.ms(3)}` };
      return {
        expected: { status: 'lost' },
        moves: [
          waiting(0),
          active(1, 50, { p }),
          { ...waiting(3, other), ends: true },
          completed(5, { p, begun: 4, more: other }),
        ],
      };
    },
  },
  'id-in-both-queues': {
    about: 'the job completes; a job with the same id in the other queue fails',
    numbers: [28],
    pitfalls: 'P11',
    plan: (p) => ({
      expected: SUCCESS,
      twin: [active(0, 5, { p, begun: 0 }), failed(1, { p, begun: 0 })],
      moves: end(p, 3),
    }),
  },
  'wrong-queue': {
    about: '`createJob` answers with the wrong queue, and reads there get `status` 404 or 400',
    numbers: [29],
    pitfalls: 'P9',
    params: { status: 404 },
    choices: { status: [404, 400] },
    plan: (p) => {
      const error = 'Job is not in this queue';
      const expected: Ending =
        p.number('status') === 404 ? { status: 'not-found' } : { status: 'rejected', reason: error };
      return {
        expected,
        twin: end(p, 3),
        moves: [{ http: { status: p.number('status'), json: { success: false, error } } }],
      };
    },
  },
  'other-users-job': {
    about: '403 or 402 at every read; `as` access-denied, a code, or a text about the plan',
    numbers: [30],
    pitfalls: 'P18',
    params: { as: 'access-denied' },
    choices: { as: ['access-denied', 'API_KEY_OWNER_INACTIVE', 'ORG_MISMATCH', 'plan-wording', 'PLAN_LIMIT'] },
    plan: (p) => {
      const { http, expected } = refusals(p);
      return { expected, moves: [{ http }] };
    },
  },
};
