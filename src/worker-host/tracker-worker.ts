import type { WorkflowBundleOption } from '@temporalio/worker';
import { lifecycleOf, type TrackerWorker } from './lifecycle.ts';
import { createParts, type PartsOptions } from './parts.ts';
import { workflowSource } from './workflow-code.ts';

/** How to create a worker. */
export interface TrackerWorkerOptions extends PartsOptions {
  /** A prebuilt bundle of the workflow code. Default: that of the package, or one that is made at the start. */
  workflowBundle?: WorkflowBundleOption;
}

/** Creates a worker, as the package documents it: see `worker.ts`. */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  const { parts, createPools, createWorkflows } = await createParts(options);
  parts.workers.add([await createWorkflows(await workflowSource(options.workflowBundle))]);
  await createPools();
  return lifecycleOf(parts);
}
