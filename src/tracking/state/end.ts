import type { JobOutcome } from '../../contract/outcome.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Rules } from '../event.ts';

/** How tracking ended. Decided once (I6). */
export type End =
  | { readonly is: 'open' }
  | { readonly is: 'ended'; readonly outcome: JobOutcome }
  /** The input was wrong: there is no job to track, and no outcome. */
  | Refusal;

interface Refusal {
  readonly is: 'refused';
  readonly message: string;
  readonly problems: readonly Problem[];
}

export const open: End = { is: 'open' };

export const endRules: Rules<End> = {
  planRefused: (_, { message, problems }) => ({ is: 'refused', message, problems }),
};

export function outcomeOf(end: End): JobOutcome | null {
  return end.is === 'ended' ? end.outcome : null;
}
