import type { Json } from './json.ts';
import type { JobRef, JobState, Snapshot } from './job.ts';
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

/** @returns the ending that an ended snapshot means on its own; null: the job has not ended */
export function endingOf(snapshot: Snapshot): Ending | null {
  switch (snapshot.state) {
    case 'completed':
      return { status: 'completed', ...resultOf(snapshot) };
    case 'failed':
      return { status: 'failed', reason: snapshot.reason ?? 'the service gave no reason' };
    case 'moderated':
      return { status: 'moderated', reason: snapshot.reason };
    case 'cancelled':
      return { status: 'cancelled', by: 'service', confirmed: true };
    case 'queued':
    case 'running':
    case 'unknown':
      return null;
    default:
      return snapshot.state satisfies never;
  }
}

function resultOf(snapshot: Snapshot): { result: Json; link: string | null; warnings: string[] } {
  const { value, link, warnings } = snapshot.result ?? { value: null, link: null, warnings: [] };
  return { result: value, link, warnings };
}

/** How a workflow closes with an outcome; `type`: the failure type that callers match on. */
export type Closing = { as: 'completed' } | { as: 'canceled' } | { as: 'failed'; type: string; message: string };

/** @param native Temporal's own cancel was asked: it decides only how a cancelled or abandoned job closes */
export function closingOf(outcome: JobOutcome, native: boolean): Closing {
  const name = `${outcome.job.provider} job ${outcome.job.jobId}`;
  const failed = (type: string, sentence: string): Closing => ({ as: 'failed', type, message: `${name} ${sentence}` });
  switch (outcome.status) {
    case 'completed':
      return { as: 'completed' };
    case 'cancelled':
      if (outcome.by === 'service') return failed('JobCancelled', 'was cancelled at the service');
      return { as: native ? 'canceled' : 'completed' };
    case 'abandoned':
      return { as: native ? 'canceled' : 'completed' };
    case 'failed':
      return failed('JobFailed', `failed: ${outcome.reason}`);
    case 'moderated':
      return failed('JobModerated', `was stopped by moderation${outcome.reason === null ? '' : `: ${outcome.reason}`}`);
    case 'not-found':
      return failed('JobNotFound', 'is not known at the service; check the id, the account and the queue');
    case 'lost':
      return failed('JobLost', `vanished from the service; it was last seen ${outcome.lastState}`);
    case 'timed-out':
      return failed('JobTimedOut', `was not done within ${outcome.limit}`);
    case 'unauthorized':
      return failed('JobUnauthorized', `cannot be read: ${outcome.reason}`);
    case 'rejected':
      return failed('JobRejected', `cannot be read: ${outcome.reason}`);
    default:
      return outcome satisfies never;
  }
}
