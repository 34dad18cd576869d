import {
  ApplicationFailure,
  type Client,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { wire } from '../contract/index.ts';
import { type Reuse, startOptionsOf, type StartTarget } from '../contract/start-options.ts';
import type { trackJob } from '../workflows/track-job.ts';
import { describeExecution } from './execution.ts';

/** What is started, where, and by whom. */
export interface Start extends StartTarget {
  readonly client: Client;
}

/** Sends the start. */
export type Begin = (reuse: Reuse) => Promise<unknown>;

/**
 * Starts the workflow, or attaches to the open one. The server decides, so two callers at once get one workflow.
 * A closed workflow is started again if its end says nothing final about the job.
 * @param again start again, however a closed workflow ended
 * @param begin sends the start. Default: by the client
 * @returns false: it has ended for good
 */
export async function startOrAttach(
  start: Start,
  again: boolean,
  begin: Begin = (reuse) => startWorkflow(start, start.client.workflow, reuse),
): Promise<boolean> {
  try {
    await begin(again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE');
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    if (await endedForGood(start)) return false;
    await begin('ALLOW_DUPLICATE');
  }
  return true;
}

/** Starts the workflow, or attaches to the open one. */
export function startWorkflow(start: StartTarget, workflows: Client['workflow'], reuse: Reuse) {
  return workflows.start<typeof trackJob>(wire.workflow, attachingOptionsOf(start, reuse));
}

/** @returns the options of a start that attaches to the open workflow */
export function attachingOptionsOf(target: StartTarget, reuse: Reuse) {
  return { ...startOptionsOf(target, reuse), workflowIdConflictPolicy: 'USE_EXISTING' } as const;
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
