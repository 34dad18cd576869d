import type { JobRef } from '../../contract/job.ts';
import type { ProviderTraits } from '../../contract/providers.ts';

/**
 * A job at Docswrite.
 * @example { provider: 'docswrite', jobId: '42', queueType: 'publish' }
 */
export interface DocswriteJob extends JobRef {
  provider: 'docswrite';
  /** `post` (site tokens) or `publish` (organisation keys). Default: `post`. */
  queueType?: string;
}

/** Docswrite API, `POST /api/job/status`. Job ids are unique only within a queue. The API has no cancel. A post takes 10 to 60 s. */
export const docswriteTraits: ProviderTraits<'x-access-token' | 'bearer'> = {
  name: 'docswrite',
  title: 'Docswrite',
  parameters: [
    {
      name: 'queueType',
      default: 'post',
      meaning: 'Docswrite queue: post (site tokens) or publish (organisation keys)',
      example: 'publish',
    },
  ],
  // The service's own lists write `job:42` for job 42. Repeated prefixes are removed too, so that a second call changes nothing.
  normaliseJobId: (jobId) => jobId.replace(/^(?:\s|job:)+/, '').trim(),
  jobIdProblem: () => null,
  canCancel: false,
  usualMs: 60_000,
  auths: ['x-access-token', 'bearer'],
};
