import type { JobRef, JobState } from './job.ts';
import type { Json } from './json.ts';
import type { EndingLimit } from './limits.ts';

/** How tracking ended, decided once (I6). */
export type Ending =
  | { status: 'completed'; result: Json; link: string | null; warnings: string[] }
  | { status: 'failed'; reason: string }
  | { status: 'moderated'; reason: string | null }
  /** `by: 'service'`: nobody asked us. `confirmed: false`: accepted, then the service forgot the job. */
  | { status: 'cancelled'; by: 'request' | 'service'; confirmed: boolean }
  /** Tracking ended on request; the job goes on at the service. */
  | { status: 'abandoned'; why: 'cancel-unsupported' | 'cancel-refused' | 'cancel-unconfirmed' }
  | { status: 'not-found' }
  | { status: 'lost'; lastState: JobState }
  | { status: 'timed-out'; limit: EndingLimit }
  | { status: 'unauthorized' | 'rejected'; reason: string };

/** What every outcome tells besides. `finishedAt`: by the service's clock; `detectedAt`: when we saw it. */
export interface OutcomeFacts {
  job: JobRef;
  labels: Record<string, string>;
  polls: number;
  trackedForMs: number;
  finishedAt: string | null;
  detectedAt: string;
}

export type JobOutcome = Ending & OutcomeFacts;
