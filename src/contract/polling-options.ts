/** What a caller may say of polling, in ms. */
export interface PollingOptions {
  /** `adaptive`: by age and progress, between the bounds; `fixed`: every `intervalMs`. */
  mode?: 'adaptive' | 'fixed';
  minIntervalMs?: number;
  maxIntervalMs?: number;
  intervalMs?: number;
}

/** The options with every default filled in; kept in the plan, so that replay and later workers keep them. */
export type PollingPolicy = Required<PollingOptions>;

export const DEFAULT_POLLING: PollingPolicy = {
  mode: 'adaptive',
  minIntervalMs: 2_000,
  maxIntervalMs: 60_000,
  intervalMs: 5_000,
};
