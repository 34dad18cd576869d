import type { JobRef } from './job.ts';
import type { Limits } from './limits.ts';
import type { PollingOptions, PollingPolicy } from './polling-options.ts';
import { DEFAULT_ROUTE, type Route } from './task-queue.ts';

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
  /** The status activity holds for intervals up to this, ms. The server waits out longer ones, and with a budget all. */
  holdMs: number;
  /** The heartbeat timeout of status activities, ms, by the newest answer. Absent: 30 s. */
  heartbeatMs?: number;
  /** The newest route. Absent: planned by an older worker. */
  route?: Route;
  searchAttributes: AttributeChoice;
  /** The planning worker has the account; another worker may have it too. */
  accountKnown: boolean;
  /** A run with at least this many history events continues as new. */
  continueAfterEvents: number;
}

/** @returns where the activities of a planned job go */
export function routeOf({ route = DEFAULT_ROUTE }: Plan): Route {
  return route;
}

/** @returns the longest interval that a status activity waits out itself, ms */
export function holdMsOf(plan: Plan): number {
  return routeOf(plan).requestsPerMinute === null ? plan.holdMs : 0;
}
