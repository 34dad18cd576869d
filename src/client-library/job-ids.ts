import * as ids from '../contract/job-id.ts';
import type { JobRef } from '../contract/job.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';

/**
 * Brings a job into the form that workflow id, plan and outcome use. A job of an unknown provider stays as it is.
 * @param table the known providers. Default: the built-in ones
 * @example normaliseJob({ provider: 'printshop', jobId: ' 42 ' }, [printshop.traits]).jobId // '42'
 */
export function normaliseJob(job: JobRef, table: ProviderTable = PROVIDERS): JobRef {
  return ids.normaliseJob(job, table);
}

/**
 * Derives the workflow id of a job: `job:<provider>:<account>:<parameters in order>:<jobId>`, each part URI-encoded.
 * @param table the known providers. Default: the built-in ones
 * @throws RangeError if the provider is not in the table
 * @example workflowIdOf({ provider: 'printshop', jobId: '42' }, [printshop.traits]) // 'job:printshop:default:42'
 */
export function workflowIdOf(job: JobRef, table: ProviderTable = PROVIDERS): string {
  return ids.workflowIdOf(job, table);
}

/**
 * Reads a workflow id; the inverse of `workflowIdOf`.
 * @param table the known providers. Default: the built-in ones
 * @returns the job; null: the id does not follow our format
 * @example jobRefOf('job:printshop:default:42', [printshop.traits])?.jobId // '42'
 */
export function jobRefOf(workflowId: string, table: ProviderTable = PROVIDERS): JobRef | null {
  return ids.jobRefOf(workflowId, table);
}
