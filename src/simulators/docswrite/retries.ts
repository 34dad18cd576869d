import { active, completed, FAILED_REASON, failed, FAILURE, SUCCESS, times, waiting } from './answers.ts';
import type { Scenario } from '../scenarios/scenario.ts';

/** Jobs at Docswrite with more than one attempt. */
export const DOCSWRITE_RETRIES: Record<string, Scenario> = {
  'retry-backoff': {
    about:
      'the first attempt fails, a pause follows, the second attempt succeeds; progress falls, and the old failure reason stays',
    numbers: [18],
    pitfalls: 'P1 P4 P7 P8',
    plan: (p) => {
      const more = { failedReason: FAILED_REASON };
      return {
        expected: SUCCESS,
        moves: [
          active(0, 0, { p, begun: 0 }),
          active(1, 60, { p, begun: 0 }),
          { at: 2, answer: { state: 'delayed', progress: 60, ...times(p, 0), ...more } },
          active(3, 60, { p, begun: 3, more }),
          active(4, 20, { p, begun: 3, more }),
          completed(6, { p, begun: 3, more: { ...more, progress: 20 } }),
        ],
      };
    },
  },
  'retry-without-backoff': {
    about:
      'the first attempt fails, and the second follows at once; `end` says how that one ends: completed, failed or failed-without-reason',
    numbers: [19],
    pitfalls: 'P1 P8 P14',
    params: { end: 'completed' },
    choices: { end: ['completed', 'failed', 'failed-without-reason'] },
    plan: (p) => {
      const more = { failedReason: FAILED_REASON };
      const moves = [active(0, 40, { p, begun: 0 }), active(2, 40, { p, begun: 2, more })];
      if (p.text('end') === 'completed')
        return { expected: SUCCESS, moves: [...moves, completed(4, { p, begun: 2, more })] };
      if (p.text('end') === 'failed') return { expected: FAILURE, moves: [...moves, failed(4, { p, begun: 2 })] };
      return {
        expected: { status: 'failed', reason: null },
        moves: [...moves, { ...failed(4, { p, begun: 2 }), omit: ['failedReason'] }],
      };
    },
  },
  stall: {
    about:
      'active, and then no change; `next`: the service restarts the job, which completes (restart), nothing changes any more (for-ever), or the job fails at the second stall (fails)',
    numbers: [20],
    pitfalls: 'P4 P15',
    params: { next: 'restart', frozenSteps: 30 },
    choices: { next: ['restart', 'for-ever', 'fails'] },
    plan: (p) => {
      const back = p.number('frozenSteps') + 1;
      const start = [waiting(0), active(1, 70, { p })];
      const restart = [...start, active(back, 70, { p, begun: back }), active(back + 1, 10, { p, begun: back })];
      if (p.text('next') === 'for-ever') return { expected: { status: 'never' }, moves: start };
      const reason = 'job stalled more than allowable limit';
      if (p.text('next') === 'restart')
        return {
          expected: SUCCESS,
          moves: [...restart, completed(back + 3, { p, begun: back, more: { progress: 10 } })],
        };
      return {
        expected: { status: 'failed', reason },
        moves: [...restart, failed(back * 2, { p, begun: back, more: { failedReason: reason } })],
      };
    },
  },
  'manual-retry': {
    about: 'failed, a person retries the job, completed; with `seen` false no read sees the failure',
    numbers: [21],
    pitfalls: 'P14 P20',
    params: { seen: true },
    choices: { seen: [true, false] },
    plan: (p) => {
      const again = [waiting(5), active(6, 10, { p, begun: 6 }), completed(8, { p, begun: 6 })];
      const start = [active(0, 50, { p, begun: 0 })];
      return p.flag('seen')
        ? { expected: FAILURE, moves: [...start, failed(3, { p, begun: 0 }), ...again] }
        : { expected: SUCCESS, moves: [...start, ...again] };
    },
  },
};
