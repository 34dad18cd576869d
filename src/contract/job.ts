import type { Json } from './json.ts';

/**
 * Names one job at one service. Other keys are the provider's parameters (`ProviderTraits.parameters`).
 * @example { provider: 'printshop', jobId: '42', account: 'team-a' }
 */
export interface JobRef {
  provider: string;
  /** 1 to 200 printable ASCII characters. */
  jobId: string;
  /** The name of a credential in the workers' configuration, never the credential itself. Default: `default`. */
  account?: string;
  [parameter: string]: string | undefined;
}

/** `pending`: the service has not answered yet. `unknown`: the adapter does not know the status; polling goes on. */
export type JobState =
  | 'pending'
  | 'queued'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'moderated'
  | 'unknown';

/** The fields of a status that callers see, too. */
export interface StatusFields {
  /** The status in the service's own words. */
  providerState: string | null;
  /** Percent, 0..100; at most 99 while the job has not ended; null: not known, or the service sent none that can be used. */
  progress: number | null;
  stage: string | null;
  title: string | null;
  /** A note for people, such as a percentage out of range; null: none. */
  message: string | null;
  /** The service's last error text, also of an attempt that it retries. */
  lastError: string | null;
  /**
   * Other documented fields, under the service's own names (docs/providers.md lists them), at most 64 KiB, without personal data and
   * without links that work as secrets.
   */
  details: Record<string, Json>;
  /** ISO 8601 by the service's clock, as the next two. */
  createdAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

/** The answer of one poll in our vocabulary: plain JSON, limited in size, without secrets. */
export interface Snapshot extends StatusFields {
  state: Exclude<JobState, 'pending'>;
  /** A mark of the service's value that changes with it, at most 64 characters, for changes that `progress` does not show; null: not needed. */
  rawProgress?: string | null;
  /** The job waits for its scheduled start. This time counts for no limit. */
  scheduled: boolean;
  /** The service may accept a cancel in this state. False, for instance for a draft: the cancel is sent again later. */
  cancellable: boolean;
  /** Only with `completed`. `value` is the result as sent, at most 64 KiB. */
  result: { value: Json; link: string | null; warnings: string[] } | null;
  /** With `failed` and `moderated`: the service's reason; null: none. */
  reason: string | null;
  /** The answer looks half written (completed, without result and end time). It is read once more before it counts. */
  torn: boolean;
  /** How long the job has run by the service's clocks (answer's `Date` minus start time), ms, 0..24 h; null: not known. */
  ranForMs: number | null;
}

/** The reply of a cancel endpoint. Only a poll can confirm that a job is cancelled. */
export type CancelReply =
  /** 2xx: the service will try. */
  | { status: 'accepted' }
  /** 400, 404, 409 …: not now, or never. The next poll shows which. */
  | { status: 'refused'; reason: string }
  /** 401, 403: the credential may not cancel the job. */
  | { status: 'unauthorized'; reason: string };

/** @returns whether the service no longer works on the job. `moderated` must be confirmed by a second poll. */
export function isEnded(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'moderated';
}
