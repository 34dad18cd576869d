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

/** One workflow that was asked. */
export interface Asked {
  /** The run that was there then. */
  runId: string;
  /** What the caller of the update is told, which may take until time has passed; null: nobody waits. */
  told: Promise<CancelState> | null;
}

const request = { by: ASKED_BY, reason: 'a test' };

/** Whom to ask, and how. */
export interface Asking {
  way: Way;
  /** How long the caller of the update waits; as the workflow does by itself if left out. */
  waitForMs?: number;
}

/** Asks a workflow that runs, as any client of Temporal does. */
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
      told.catch(() => undefined); // thrown where it is read
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
 * Starts the workflow and asks at once, in one call where Temporal has one. No worker need run, but for the update: the
 * time-skipping server 1.38.0 loses one that comes before a worker. It hands it over with the first workflow task all the same.
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
      told.catch(() => undefined); // thrown where it is read
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
