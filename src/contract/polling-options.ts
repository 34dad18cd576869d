/**
 * When to poll. Intervals are whole ms, 1 s to 24 h.
 * @example { mode: 'fixed', intervalMs: 5_000 }
 */
export interface PollingOptions {
  /** `adaptive`: by age and progress, between minimum and maximum. `fixed`: every `intervalMs`. Default: `adaptive`. */
  mode?: 'adaptive' | 'fixed';
  /** Default: 2 s. */
  minIntervalMs?: number;
  /** Default: 60 s. */
  maxIntervalMs?: number;
  /** Only with `fixed`. Default: 5 s. */
  intervalMs?: number;
}

/** The options with all defaults. The plan keeps it, so that replay and later workers use the same. */
export type PollingPolicy = Required<PollingOptions>;

/** The polling of a job, if neither caller nor worker sets it. */
export const DEFAULT_POLLING: PollingPolicy = {
  mode: 'adaptive',
  minIntervalMs: 2_000,
  maxIntervalMs: 60_000,
  intervalMs: 5_000,
};
