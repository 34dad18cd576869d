import type { JobOutcome } from '../../../src/contract/index.ts';
import { patiently } from '../patiently.ts';
import type { Rig } from '../rig.ts';
import { isRequest } from './moment.ts';
import type { AskedCell } from './play.ts';
import { serviceOf } from './service.ts';
import type { Ending, Said } from './table.ts';

/** Reads from Temporal, the tracker and the service how a closed workflow ended. */
export async function seenEnding(rig: Rig, { cell, workflowId, moment, asked }: AskedCell): Promise<Ending> {
  const { runId, told } = asked;
  const tracked = rig.tracker.get(workflowId);
  const { job, cancel, outcome } = await patiently(() => tracked.progress());
  if (outcome === null) throw new Error(`${workflowId} has not ended: ${JSON.stringify(cancel)}`);
  const { cancels } = await rig[serviceOf(cell)].control.job(job.jobId);
  return {
    moment,
    outcome: saidOf(await tracked.result()),
    closes: await closingOf(rig, workflowId),
    phase: cancel.phase,
    by: cancel.by,
    calls: { received: cancels, told: cancel.attempts },
    told: (await told)?.phase ?? null,
    continued: await continuedAfterRequest(rig, workflowId, runId),
  };
}

function saidOf(outcome: JobOutcome): Said {
  const { status } = outcome;
  if (status === 'completed') return { status };
  if (status === 'cancelled') return { status, by: outcome.by, confirmed: outcome.confirmed };
  if (status === 'abandoned') return { status, why: outcome.why };
  throw new Error(`no cell ends so: ${JSON.stringify(outcome)}`);
}

async function closingOf(rig: Rig, workflowId: string): Promise<Ending['closes']> {
  const { status } = await rig.client.workflow.getHandle(workflowId).describe();
  if (status.name === 'COMPLETED') return 'Completed';
  if (status.name === 'CANCELLED') return 'Canceled';
  throw new Error(`no cell closes as ${status.name}`);
}

/** @returns true if the run that got the request ended with continue-as-new after it */
async function continuedAfterRequest(rig: Rig, workflowId: string, runId: string): Promise<boolean> {
  const { events } = await rig.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const history = events ?? [];
  if (!history.some(isRequest)) throw new Error(`run ${runId} of ${workflowId} was not asked`);
  return Boolean(history.at(-1)?.workflowExecutionContinuedAsNewEventAttributes);
}
