import type { JobRef } from './job.ts';
import type { Limits } from './limits.ts';
import type { PollingOptions, PollingPolicy } from './polling-options.ts';

/** The input of the workflow `trackJob`. */
export interface TrackJobInput {
  job: JobRef;
  /** Default: that of the worker. */
  polling?: PollingOptions;
  /** Default: those of the worker. */
  limits?: Partial<Limits>;
  /** At most 20. Default: none. */
  labels?: Record<string, string>;
}

/** The search attributes of jobs: all (true), none (false), or those of these names. */
export type AttributeChoice = boolean | readonly string[];

/** The answer of the activity `planJob`. All runs of the workflow keep it, even if workers get another configuration. */
export interface Plan {
  /** Normalised, with every parameter and the account. */
  job: JobRef;
  labels: Record<string, string>;
  polling: PollingPolicy;
  limits: Limits;
  canCancel: boolean;
  /** See `ProviderTraits.usualMs`. */
  usualMs: number | null;
  /** The status activity holds for intervals up to this, ms. The server waits out longer ones. */
  holdMs: number;
  searchAttributes: AttributeChoice;
  /** The planning worker has the account; another worker may have it too. */
  accountKnown: boolean;
  /** A run with at least this many history events continues as new. */
  continueAfterEvents: number;
}
