import type { JobRef } from './job.ts';
import type { Limits } from './limits.ts';
import type { PollingOptions, PollingPolicy } from './polling-options.ts';

/** What a caller gives to start tracking. */
export interface TrackJobInput {
  job: JobRef;
  polling?: PollingOptions;
  limits?: Partial<Limits>;
  labels?: Record<string, string>;
}

/** Which search attributes jobs carry: all, none, or those of these names. */
export type AttributeChoice = boolean | readonly string[];

/** What `planJob` makes of the input; the run and its continuations keep it, whatever later workers are configured to. */
export interface Plan {
  /** Normalised, every parameter and the account filled in. */
  job: JobRef;
  labels: Record<string, string>;
  polling: PollingPolicy;
  limits: Limits;
  canCancel: boolean;
  usualMs: number | null;
  /** Intervals up to this are waited out in the activity, ms; longer ones by the server. */
  holdMs: number;
  searchAttributes: AttributeChoice;
  /** The planning worker has the account; another worker may have it too. */
  accountKnown: boolean;
  /** Continue as new from so many history events. */
  continueAfterEvents: number;
}
