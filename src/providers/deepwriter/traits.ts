import type { JobRef } from '../../contract/job.ts';
import type { ProviderTraits } from '../../contract/providers.ts';

/**
 * A job at DeepWriter.
 * @example { provider: 'deepwriter', jobId: '6ac3d1f2-8c1b-4f5e-9d55-0f3f6f3b7a10' }
 */
export interface DeepWriterJob extends JobRef {
  provider: 'deepwriter';
  /** A uuid. */
  jobId: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** DeepWriter API, `GET /api/getJobStatus`, `POST /api/cancelJob`. Job ids are uuids. A book takes minutes to hours. */
export const deepwriterTraits: ProviderTraits<'bearer' | 'x-api-key'> = {
  name: 'deepwriter',
  title: 'DeepWriter',
  parameters: [],
  normaliseJobId: (jobId) => jobId.trim().toLowerCase(),
  jobIdProblem: (jobId) => (UUID.test(jobId) ? null : 'must be a uuid'),
  exampleJobId: '6ac3d1f2-8c1b-4f5e-9d55-0f3f6f3b7a10',
  canCancel: true,
  usualMs: null,
  auths: ['bearer', 'x-api-key'],
};
