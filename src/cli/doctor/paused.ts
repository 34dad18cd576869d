import type { Client } from '@temporalio/client';
import { GRPC, grpcCodeOf } from '../../client-library/grpc.ts';
import { escaped } from '../../client-library/list.ts';
import { wire } from '../../contract/index.ts';
import { counted } from '../views/text.ts';
import { type Check, ok, warning } from './report.ts';

/** How many open jobs an operator has paused at Temporal. */
export interface Paused {
  /** Jobs whose status activity is paused. */
  readonly polls: number;
  /** Jobs whose workflow is paused; null: this server cannot pause workflows. */
  readonly workflows: number | null;
}

/** @returns the query for the jobs of a queue */
export function queryOfQueue(taskQueue: string): string {
  return `WorkflowType = '${wire.workflow}' AND TaskQueue = '${escaped(taskQueue)}'`;
}

function queriesOf(taskQueue: string): { polls: string; workflows: string } {
  const ofQueue = queryOfQueue(taskQueue);
  const paused = `TemporalPauseInfo = 'property:activityType=${wire.activities.checkJobStatus}'`;
  return {
    polls: `${ofQueue} AND ExecutionStatus = 'Running' AND ${paused}`,
    workflows: `${ofQueue} AND ExecutionStatus = 'Paused'`,
  };
}

/** Counts paused jobs. The server keeps the attribute `TemporalPauseInfo` itself. @throws the SDK's errors, not translated */
export async function countPaused(
  { workflowService }: Pick<Client, 'workflowService'>,
  { namespace, taskQueue }: { namespace: string; taskQueue: string },
): Promise<Paused> {
  const { polls, workflows } = queriesOf(taskQueue);
  const count = async (query: string): Promise<number> =>
    Number((await workflowService.countWorkflowExecutions({ namespace, query })).count ?? 0);
  const ofWorkflows = count(workflows).catch((error: unknown) => {
    if (grpcCodeOf(error) === GRPC.INVALID_ARGUMENT) return null; // an older server does not know the status
    throw error;
  });
  const [ofPolls, paused] = await Promise.all([count(polls), ofWorkflows]);
  return { polls: ofPolls, workflows: paused };
}

export function judgePaused(taskQueue: string, { polls, workflows }: Paused): Check {
  const name = 'paused';
  const queries = queriesOf(taskQueue);
  if (workflows !== null && workflows > 0) {
    const message = `an operator has paused the workflows of ${counted(workflows, 'job')}: nothing is polled or cancelled until they are unpaused`;
    return warning(name, message, `list them: temporal workflow list --query "${queries.workflows}"`);
  }
  if (polls === 0) return ok(name, 'no job is paused');
  const message = `an operator has paused the polls of ${counted(polls, 'job')}`;
  const hint = `list them: temporal workflow list --query "${queries.polls}"; \`jobtrack status\` of a job says who, why, and how to go on`;
  return warning(name, message, hint);
}
