import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
} from '@temporalio/client';
import { type JobOutcome, wire } from '../contract/index.ts';
import { isRecord } from '../contract/json.ts';
import type { Problem } from '../contract/problem.ts';
import { InvalidJobError, TrackingTerminatedError } from './errors.ts';
import type { Description } from './execution.ts';

/**
 * @returns the outcome that a failed or cancelled workflow carries
 * @throws InvalidJobError, TrackingTerminatedError; the errors of `describe`
 */
export async function outcomeOfFailure(
  workflowId: string,
  failed: WorkflowFailedError,
  describe: () => Promise<Description>,
): Promise<JobOutcome> {
  const { cause } = failed;
  if (cause instanceof ApplicationFailure) {
    if (cause.type === wire.invalidJob) throw new InvalidJobError(cause.message, problemsOf(cause));
    const [outcome] = cause.details ?? [];
    if (isRecord(outcome)) return outcome as unknown as JobOutcome;
  }
  if (cause instanceof CancelledFailure) {
    const outcome = await (await describe()).memo(wire.outcomeMemo);
    if (outcome !== null) return outcome as unknown as JobOutcome;
  }
  const ended = (how: string) => new TrackingTerminatedError(workflowId, how, { cause: failed });
  if (cause instanceof TerminatedFailure) throw ended('was terminated');
  if (cause instanceof TimeoutFailure) throw ended('timed out');
  throw ended(`ended without an outcome: ${cause?.message ?? failed.message}`);
}

function problemsOf({ details }: ApplicationFailure): Problem[] {
  const [problems] = details ?? [];
  return Array.isArray(problems) ? (problems as Problem[]) : [];
}
