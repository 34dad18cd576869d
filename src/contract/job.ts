import type { Json } from './json.ts';

/** Names one job at one service. Further keys are the provider's parameters (`ProviderTraits.parameters`). */
export interface JobRef {
  provider: string;
  jobId: string;
  /** The *name* of a credential that the workers know, never the credential; `default` if left out. */
  account?: string;
  [parameter: string]: string | undefined;
}

/** `pending`: the service has not answered yet. `unknown`: it sent a status that the adapter does not know; polling goes on. */
export type JobState =
  | 'pending'
  | 'queued'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'moderated'
  | 'unknown';

/** One poll's answer in our vocabulary: bounded, free of secrets, plain JSON. */
export interface Snapshot {
  state: Exclude<JobState, 'pending'>;
  /** The status as the service sent it. */
  providerState: string | null;
  /** 0..100; null: the service gave none that can be used; at most 99 while the job has not ended. */
  progress: number | null;
  /** The progress as the service sent it, or a short mark of it, where `progress` does not tell all changes of it; null: it does. */
  rawProgress?: string | null;
  stage: string | null;
  title: string | null;
  /** What a person should know now, e.g. that the percentage was out of range; null: nothing. */
  message: string | null;
  /** The service's own last failure text, also of an attempt that it retries. */
  lastError: string | null;
  /** Documented fields worth keeping, at most 64 KiB; personal data and links that work as secrets are left out. */
  details: Record<string, Json>;
  /** ISO 8601, by the service's clock. */
  createdAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  /** The job waits for a start that lies in the future: such time counts for no limit. */
  scheduled: boolean;
  /** The service may accept a cancel in this state; false: not yet (a draft), ask again later. */
  cancellable: boolean;
  /** Present on `completed` only; `value` is the result as sent, at most 64 KiB. */
  result: { value: Json; link: string | null; warnings: string[] } | null;
  /** On `failed` and `moderated`: the service's reason, null if it gave none. */
  reason: string | null;
  /** The answer looks half written (completed, without result and end time): it is read once more before it counts. */
  torn: boolean;
  /** ms that the job had run before this answer by the service's own clocks (answer's `Date` less start time), 0..24 h; null: not said. */
  ranForMs: number | null;
}

/** What a cancel endpoint said. Only the status ever says that a job is cancelled. */
export type CancelReply =
  /** 2xx: it will be tried. */
  | { status: 'accepted' }
  /** 400, 404, 409 …: not now, or never; the status tells which. */
  | { status: 'refused'; reason: string }
  /** 401, 403: this credential may read the job, but not cancel it. */
  | { status: 'unauthorized'; reason: string };

/** States after which the service works no more on a job; `moderated` only once it was seen twice. */
export function isEnded(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'moderated';
}
