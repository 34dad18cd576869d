import type { Snapshot } from '../../contract/job.ts';
import type { Json } from '../../contract/json.ts';
import type { Ending, JobOutcome } from '../../contract/outcome.ts';

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

/** @returns what to say of the job in an outcome, after its name: `printshop job 42 was not done within totalMs` */
function saidOf(outcome: Exclude<Ending, { status: 'completed' | 'abandoned' }>): string {
  switch (outcome.status) {
    case 'cancelled':
      return outcome.by === 'service' ? 'was cancelled at the service' : 'was cancelled on request';
    case 'failed':
      return `failed: ${outcome.reason}`;
    case 'moderated':
      return `was stopped by moderation${outcome.reason === null ? '' : `: ${outcome.reason}`}`;
    case 'not-found':
      return 'is not known at the service; check the id, the account and the queue';
    case 'lost':
      return `vanished from the service; it was last seen ${outcome.lastState}`;
    case 'timed-out':
      return `was not done within ${outcome.limit}`;
    case 'unauthorized':
    case 'rejected':
      return `cannot be read: ${outcome.reason}`;
    default:
      return outcome satisfies never;
  }
}

const ABANDONED = {
  'cancel-unsupported': 'the service has no cancel; tracking has ended, and the job goes on there',
  'cancel-refused': 'the service refused the cancel; tracking has ended, and the job goes on there',
  'cancel-unconfirmed': 'the service never confirmed the cancel; tracking has ended, and the job may go on there',
} as const;

/** @returns the last message on a job, for a person; null: the job completed, which needs no message */
export function finalWordsOf(outcome: Ending): string | null {
  if (outcome.status === 'completed') return null;
  if (outcome.status === 'abandoned') return ABANDONED[outcome.why];
  if (outcome.status === 'cancelled' && !outcome.confirmed) {
    return 'the service accepted the cancel, and no longer knows the job';
  }
  return `the job ${saidOf(outcome)}`;
}

/** How a workflow closes with an outcome; `type`: the failure type that callers match on. */
export type Closing = { as: 'completed' } | { as: 'canceled' } | { as: 'failed'; type: string; message: string };

const FAILURE_TYPES = {
  failed: 'JobFailed',
  cancelled: 'JobCancelled',
  moderated: 'JobModerated',
  'not-found': 'JobNotFound',
  lost: 'JobLost',
  'timed-out': 'JobTimedOut',
  unauthorized: 'JobUnauthorized',
  rejected: 'JobRejected',
} as const;

/** @param native Temporal's own cancel was requested. This only decides how the workflow of a cancelled or abandoned job closes. */
export function closingOf(outcome: JobOutcome, native: boolean): Closing {
  if (outcome.status === 'completed') return { as: 'completed' };
  const onRequest = outcome.status === 'cancelled' && outcome.by === 'request';
  if (onRequest || outcome.status === 'abandoned') return { as: native ? 'canceled' : 'completed' };
  const message = `${outcome.job.provider} job ${outcome.job.jobId} ${saidOf(outcome)}`;
  return { as: 'failed', type: FAILURE_TYPES[outcome.status], message };
}
