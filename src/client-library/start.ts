import {
  ApplicationFailure,
  type Client,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { type TrackJobInput, wire } from '../contract/index.ts';
import { uiSummaryOf } from '../contract/render.ts';
import type { trackJob } from '../workflows/track-job.ts';
import { describeExecution } from './execution.ts';

interface Start {
  client: Client;
  taskQueue: string;
  workflowId: string;
  input: TrackJobInput;
}

/**
 * Starts the workflow, or attaches to the open one. The server decides, so two callers at once get one workflow.
 * A closed workflow is started again if its end says nothing final about the job.
 * @param again start again, however a closed workflow ended
 */
export async function startOrAttach(start: Start, again: boolean): Promise<void> {
  try {
    await startWorkflow(start, again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE');
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    if (await endedForGood(start)) return;
    await startWorkflow(start, 'ALLOW_DUPLICATE');
  }
}

async function startWorkflow(start: Start, reuse: 'ALLOW_DUPLICATE' | 'REJECT_DUPLICATE'): Promise<void> {
  const { client, taskQueue, workflowId, input } = start;
  const summary = uiSummaryOf(input.job);
  await client.workflow.start<typeof trackJob>(wire.workflow, {
    workflowId,
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: reuse,
    staticSummary: summary,
    memo: { [wire.summaryMemo]: summary }, // the static summary does not survive continue-as-new
  });
}

/** Failures after which the job may still run: their cause, such as a wrong token, can be repaired. */
const PASSING = ['InvalidJob', 'JobUnauthorized', 'JobRejected', 'JobNotFound'];

async function endedForGood({ client, workflowId }: Start): Promise<boolean> {
  const { runId, status } = await describeExecution(client, workflowId);
  if (['RUNNING', 'COMPLETED', 'CANCELLED'].includes(status)) return true;
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
    return true;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (cause instanceof TerminatedFailure || cause instanceof TimeoutFailure) return false;
    if (cause instanceof ApplicationFailure) return !PASSING.includes(cause.type ?? '');
    if (cause === undefined) throw error;
    return true;
  }
}
