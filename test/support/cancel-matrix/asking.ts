import { WithStartWorkflowOperation } from '@temporalio/client';
import {
  type CancelState,
  type JobRef,
  type RequestCancelOptions,
  type TrackJobInput,
  wire,
} from '../../../src/contract/index.ts';
import { workflowIdOf } from '../../../src/client-library/job-ids.ts';
import type { trackJob } from '../../../src/workflows/track-job.ts';
import type { Rig } from '../rig.ts';
import { ASKED_BY, type Way } from './table.ts';

/** A workflow that got a cancel request. */
export interface Asked {
  /** The run that got the request. */
  runId: string;
  /** The answer to the update, which may need time to pass. null: the request was not an update. */
  told: Promise<CancelState> | null;
}

const request = { by: ASKED_BY, reason: 'a test' };

/** How to request the cancel. */
export interface Asking {
  way: Way;
  /** How long the caller of the update waits. Default: the workflow's own default. */
  waitForMs?: number;
}

/** Requests a cancel of a running workflow, as any Temporal client does. */
export async function ask(rig: Rig, { way, waitForMs }: Asking, job: JobRef): Promise<Asked> {
  const handle = rig.client.workflow.getHandle(workflowIdOf(job));
  const { runId } = await handle.describe();
  switch (way) {
    case 'signal':
      await handle.signal(wire.signals.cancel, request);
      return { runId, told: null };
    case 'update': {
      const args: [RequestCancelOptions] = [{ ...request, ...(waitForMs === undefined ? {} : { waitForMs }) }];
      const told = handle.executeUpdate<CancelState, typeof args>(wire.updates.requestCancel, {
        args,
      });
      told.catch(() => undefined); // the reader of `told` gets the error
      return { runId, told };
    }
    case 'native cancellation':
      await handle.cancel();
      return { runId, told: null };
    default:
      return way satisfies never;
  }
}

/**
 * Starts the workflow and requests a cancel at once, in one call if Temporal has such a call. Only the update needs a running worker:
 * the time-skipping server 1.38.0 loses an update that comes before a worker. It still delivers the update with the first workflow
 * task.
 */
export async function startAndAsk(rig: Rig, way: Way, input: TrackJobInput): Promise<Asked> {
  const { workflow } = rig.client;
  const start = {
    workflowId: workflowIdOf(input.job),
    taskQueue: rig.taskQueue,
    args: [input] as [TrackJobInput],
  };
  const args: [typeof request] = [request];
  const runId = async (): Promise<string> => (await workflow.getHandle(start.workflowId).describe()).runId;
  switch (way) {
    case 'signal': {
      const options = { ...start, signal: wire.signals.cancel, signalArgs: args };
      await workflow.signalWithStart<typeof trackJob, typeof args>(wire.workflow, options);
      return { runId: await runId(), told: null };
    }
    case 'update': {
      const options = { ...start, workflowIdConflictPolicy: 'FAIL' } as const;
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof trackJob>(wire.workflow, options);
      const told = workflow.executeUpdateWithStart<typeof trackJob, CancelState, typeof args>(
        wire.updates.requestCancel,
        { args, startWorkflowOperation },
      );
      told.catch(() => undefined); // the reader of `told` gets the error
      await startWorkflowOperation.workflowHandle();
      return { runId: await runId(), told };
    }
    case 'native cancellation':
      await workflow.start<typeof trackJob>(wire.workflow, start);
      return ask(rig, { way }, input.job);
    default:
      return way satisfies never;
  }
}
