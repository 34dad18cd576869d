/** The pure part of a provider: what a caller, the plan and the core must know without calling the service. */
export interface ProviderTraits<Auth extends string = string> {
  readonly name: string;
  /** In the order in which they stand in the workflow id, between account and job id. */
  readonly parameters: readonly ProviderParameter[];
  /** @returns the id as it is written everywhere, so that one job has one workflow */
  readonly normaliseJobId: (jobId: string) => string;
  /** @returns what is wrong with a normalised id; null: nothing */
  readonly jobIdProblem: (jobId: string) => string | null;
  /** False: the service has no cancel; tracking ends as `abandoned`, and says so. */
  readonly canCancel: boolean;
  /** Most jobs end within this time, so younger ones are polled at the shortest interval; null: unknown. */
  readonly usualMs: number | null;
  /** The ways in which a credential may be sent. */
  readonly auths: readonly Auth[];
}

export interface ProviderParameter {
  readonly name: string;
  readonly default: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Docswrite API, `POST /api/job/status`: ids are unique per queue only; no cancel is published; a post takes 10 to 60 s. */
export const docswriteTraits: ProviderTraits<'x-access-token' | 'bearer'> = {
  name: 'docswrite',
  parameters: [{ name: 'queueType', default: 'post' }],
  // The service's own lists write `job:42` for job 42. All of it goes at once: what is normalised twice must stay the same.
  normaliseJobId: (jobId) => jobId.replace(/^(?:\s|job:)+/, '').trim(),
  jobIdProblem: () => null,
  canCancel: false,
  usualMs: 60_000,
  auths: ['x-access-token', 'bearer'],
};

/** DeepWriter API, `GET /api/getJobStatus`, `POST /api/cancelJob`: job ids are uuids; a book takes minutes to hours. */
export const deepwriterTraits: ProviderTraits<'bearer' | 'x-api-key'> = {
  name: 'deepwriter',
  parameters: [],
  normaliseJobId: (jobId) => jobId.trim().toLowerCase(),
  jobIdProblem: (jobId) => (UUID.test(jobId) ? null : 'must be a uuid'),
  canCancel: true,
  usualMs: null,
  auths: ['bearer', 'x-api-key'],
};

export type ProviderTable = readonly ProviderTraits[];

export const PROVIDERS: ProviderTable = [docswriteTraits, deepwriterTraits];

/** @returns the provider's traits; undefined: nobody here knows it */
export function traitsOf(table: ProviderTable, provider: string): ProviderTraits | undefined {
  return table.find((traits) => traits.name === provider);
}
