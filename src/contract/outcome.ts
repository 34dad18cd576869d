import type { JobRef, JobState } from './job.ts';
import type { Json } from './json.ts';
import type { EndingLimit } from './limits.ts';

/** How tracking ended. It is decided once (I6). */
export type Ending =
  | { status: 'completed'; result: Json; link: string | null; warnings: string[] }
  | { status: 'failed'; reason: string }
  | { status: 'moderated'; reason: string | null }
  /** `by: 'service'`: there was no request to us. `confirmed: false`: the service accepted the cancel, and then forgot the job. */
  | { status: 'cancelled'; by: 'request' | 'service'; confirmed: boolean }
  /** Tracking ended on request. The job goes on at the service. */
  | { status: 'abandoned'; why: 'cancel-unsupported' | 'cancel-refused' | 'cancel-unconfirmed' }
  | { status: 'not-found' }
  | { status: 'lost'; lastState: JobState }
  | { status: 'timed-out'; limit: EndingLimit }
  | { status: 'unauthorized' | 'rejected'; reason: string };

/** The facts in every outcome. */
export interface OutcomeFacts {
  job: JobRef;
  labels: Record<string, string>;
  /** Status requests in all. */
  polls: number;
  trackedForMs: number;
  /** By the service's clock, ISO 8601; null: not known. */
  finishedAt: string | null;
  /** When the tracker saw the end, ISO 8601. */
  detectedAt: string;
}

/**
 * The result of tracking. `status` decides which fields there are.
 * @example if (outcome.status === 'completed') console.log(outcome.link);
 */
export type JobOutcome = Ending & OutcomeFacts;
