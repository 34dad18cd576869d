import * as ids from '../contract/job-id.ts';
import type { JobRef } from '../contract/job.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';

/**
 * Writes a job the one way in which its workflow id, its plan and its outcome name it; what is no known provider's is left alone.
 * @param table the providers that are known; the built-in ones if left out
 */
export function normaliseJob(job: JobRef, table: ProviderTable = PROVIDERS): JobRef {
  return ids.normaliseJob(job, table);
}

/**
 * Derives the id under which a job is tracked: `job:<provider>:<account>:<parameters in order>:<jobId>`, each part URI-encoded.
 * @param table the providers that are known; the built-in ones if left out
 * @throws RangeError for a provider that is not in the table
 */
export function workflowIdOf(job: JobRef, table: ProviderTable = PROVIDERS): string {
  return ids.workflowIdOf(job, table);
}

/**
 * The inverse of `workflowIdOf`; null: not an id of ours.
 * @param table the providers that are known; the built-in ones if left out
 */
export function jobRefOf(workflowId: string, table: ProviderTable = PROVIDERS): JobRef | null {
  return ids.jobRefOf(workflowId, table);
}
