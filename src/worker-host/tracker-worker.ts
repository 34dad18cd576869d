import type { WorkflowBundleOption } from '@temporalio/worker';
import { lifecycleOf, type TrackerWorker } from './lifecycle.ts';
import { createParts, type PartsOptions } from './parts.ts';
import { workflowSource } from './workflow-code.ts';

/** How to create a worker. */
export interface TrackerWorkerOptions extends PartsOptions {
  /** A prebuilt bundle of the workflow code. Default: that of the package, or one that is made at the start. */
  workflowBundle?: WorkflowBundleOption;
}

/**
 * Creates a worker for the workflows and for every account of the configuration. It registers missing search attributes.
 * @throws MissingSearchAttributesError; RangeError for accounts of unknown providers; ProviderError for an account that cannot be
 * opened; TransportError
 * @example
 * const { config, temporal } = loadWorkerConfig();
 * const connection = await NativeConnection.connect(temporal.connectionOptions);
 * const worker = await createTrackerWorker({ connection, namespace: temporal.namespace, config });
 * process.once('SIGTERM', worker.shutdown);
 * await worker.run();
 * await connection.close();
 */
export async function createTrackerWorker(options: TrackerWorkerOptions): Promise<TrackerWorker> {
  const { parts, createPools, createWorkflows } = await createParts(options);
  parts.workers.add([await createWorkflows(await workflowSource(options.workflowBundle))]);
  await createPools();
  return lifecycleOf(parts);
}
