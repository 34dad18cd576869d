import {
  ApplicationFailure,
  CancelledFailure,
  makeContinueAsNewFunc,
  upsertMemo,
  type WorkflowInfo,
  workflowInfo,
} from '@temporalio/workflow';
import { type JobOutcome, type TrackJobInput, wire } from '../contract/index.ts';
import type { RunOrigin } from '../tracking/carried.ts';
import type { Step } from '../tracking/decide.ts';
import { closingOf } from '../tracking/views/outcome.ts';
import { summaryOf } from '../contract/render.ts';
import { isNative } from '../tracking/state/cancel/facts.ts';
import type { Track } from '../tracking/track.ts';

/** Closes the workflow by its outcome. @returns the outcome of a Completed workflow @throws the failure of any other */
export function close(step: Extract<Step, { do: 'end' | 'refuse' }>, native: boolean): JobOutcome {
  if (step.do === 'refuse') {
    const { message, problems } = step;
    const type = wire.invalidJob;
    throw bare(
      ApplicationFailure.create({ message, type, nonRetryable: true, details: [problems], category: 'BENIGN' }),
    );
  }
  const { outcome } = step;
  const closing = closingOf(outcome, native);
  switch (closing.as) {
    case 'completed':
      return outcome;
    case 'canceled':
      upsertMemo({ [wire.outcomeMemo]: outcome }); // a Canceled workflow has no result and no failure details
      throw bare(new CancelledFailure(`tracking of ${summaryOf(outcome.job)} was cancelled`));
    case 'failed': {
      const { type, message } = closing;
      // BENIGN: a job that failed is not a fault of the worker. It must not page the operator.
      throw bare(
        ApplicationFailure.create({ message, type, nonRetryable: true, details: [outcome], category: 'BENIGN' }),
      );
    }
    default:
      return closing satisfies never;
  }
}

/** Removes the stack trace: people in the UI want to know how a job ended, and not where in our code. */
function bare<Failure extends Error>(failure: Failure): Failure {
  failure.stack = '';
  return failure;
}

/** A natively cancelled run continues only after this many events, because the new run would not know of the cancel. */
const NATIVE_MAX_EVENTS = 20_000;

export function isContinueDue(track: Track, info: WorkflowInfo): boolean {
  const { plan } = track.request;
  if (plan === null || track.end.is === 'ended') return false;
  if (isNative(track.cancel)) return info.historyLength >= NATIVE_MAX_EVENTS;
  return info.continueAsNewSuggested || info.historyLength >= plan.continueAfterEvents;
}

/** How this run began, as the server says. */
export function originOf({ continuedFromExecutionRunId, attempt, cronSchedule }: WorkflowInfo): RunOrigin {
  return { continuedFromRunId: continuedFromExecutionRunId, isRepeated: attempt > 1 || Boolean(cronSchedule) };
}

/** Continues in a new run with the whole track. The memo must be given again: otherwise the new run gets the memo of the start. */
export async function continueRun(input: TrackJobInput, track: Track): Promise<never> {
  return makeContinueAsNewFunc<(input: TrackJobInput, handedOn: Track) => Promise<JobOutcome>>({
    memo: { ...workflowInfo().memo },
  })(input, track);
}
