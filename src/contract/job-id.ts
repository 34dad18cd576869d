import type { JobRef } from './job.ts';
import { type ProviderTable, traitsOf } from './providers.ts';

/** The account of a job that names none. */
export const DEFAULT_ACCOUNT = 'default';

/** @returns the account of a job as one name: `<provider>/<account>` */
export function accountKeyOf({ provider, account = DEFAULT_ACCOUNT }: Pick<JobRef, 'provider' | 'account'>): string {
  return `${provider}/${account}`;
}

/** Brings a job into the form that workflow id, plan and outcome use. A job of an unknown provider stays as it is. */
export function normaliseJob(job: JobRef, table: ProviderTable): JobRef {
  const traits = traitsOf(table, job.provider);
  if (traits === undefined) return job;
  const parameters = traits.parameters.map(({ name, default: fallback }) => [name, job[name] ?? fallback] as const);
  return {
    provider: job.provider,
    jobId: traits.normaliseJobId(job.jobId),
    account: job.account ?? DEFAULT_ACCOUNT,
    ...Object.fromEntries(parameters),
  };
}

/**
 * Derives the workflow id of a job: `job:<provider>:<account>:<parameters in order>:<jobId>`, each part URI-encoded.
 * @throws RangeError if the provider is not in the table
 */
export function workflowIdOf(ref: JobRef, table: ProviderTable): string {
  const traits = traitsOf(table, ref.provider);
  if (traits === undefined) throw new RangeError(`no provider ${JSON.stringify(ref.provider)} is known`);
  const job = normaliseJob(ref, table);
  const parts = [job.provider, job.account, ...traits.parameters.map(({ name }) => job[name]), job.jobId];
  return ['job', ...parts.map((part) => encodeURIComponent(part ?? ''))].join(':');
}

/** Reads a workflow id; the inverse of `workflowIdOf`. @returns null: the id does not follow our format */
export function jobRefOf(workflowId: string, table: ProviderTable): JobRef | null {
  const [, provider = '', account, ...rest] = decodedParts(workflowId);
  const traits = traitsOf(table, provider);
  const jobId = rest.pop();
  if (traits === undefined || jobId === undefined) return null;
  const parameters = traits.parameters.map(({ name }, index) => [name, rest[index]] as const);
  const job: JobRef = { provider, jobId, account, ...Object.fromEntries(parameters) };
  return workflowIdOf(job, table) === workflowId ? job : null; // checks the prefix and the number of parts, too
}

function decodedParts(workflowId: string): string[] {
  try {
    return workflowId.split(':').map((part) => decodeURIComponent(part));
  } catch {
    return [];
  }
}
