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

/** What the polls so far tell of a job's pace. Moments in ms by the workers' clock. */
export interface Pace {
  /** When the job began to run: our first running snapshot, less what the service says it had run before. */
  readonly runningSinceMs: number | null;
  /** Progress at the first look of this attempt and since when; null: no progress seen. */
  readonly from: { readonly atMs: number; readonly progress: number } | null;
  /** Progress when it last moved. */
  readonly moved: { readonly atMs: number; readonly progress: number } | null;
  /** The service's start time of this attempt: a new one means that it began again. */
  readonly attempt: string | null;
}

export const NO_PACE: Pace = { runningSinceMs: null, from: null, moved: null, attempt: null };

export interface PaceReading {
  readonly running: boolean;
  readonly progress: number | null;
  readonly startedAt: string | null;
  /** See Snapshot.ranForMs. */
  readonly ranForMs: number | null;
}

/** @returns the pace with one more reading; progress that falls, or a new attempt, begins anew */
export function observePace(pace: Pace, reading: PaceReading, nowMs: number): Pace {
  if (!reading.running) return pace;
  const runningSinceMs = pace.runningSinceMs ?? nowMs - (reading.ranForMs ?? 0);
  const restarted = pace.attempt !== null && reading.startedAt !== null && reading.startedAt !== pace.attempt;
  const attempt = reading.startedAt ?? pace.attempt;
  if (reading.progress === null)
    return { ...pace, runningSinceMs, attempt, ...(restarted ? { from: null, moved: null } : {}) };
  const here = { atMs: nowMs, progress: reading.progress };
  const begins = restarted || pace.moved === null || here.progress < pace.moved.progress;
  if (begins) return { runningSinceMs, attempt, from: here, moved: here };
  return { runningSinceMs, attempt, from: pace.from, moved: pace.moved.progress === here.progress ? pace.moved : here };
}

/** @returns the expected remaining time in ms, by the mean speed of this attempt's progress; null: nothing to go by */
export function expectedRemainingMs(pace: Pace, nowMs: number): number | null {
  const { from, moved } = pace;
  if (from === null || moved === null || moved.progress <= from.progress) return null;
  const msPerPercent = (moved.atMs - from.atMs) / (moved.progress - from.progress);
  const quietMs = Math.max(0, nowMs - moved.atMs);
  // A frozen 99 % must not be polled at the shortest interval for ever: the longer the quiet, the less the forecast counts.
  return Math.max((100 - moved.progress) * msPerPercent - quietMs, quietMs / 10);
}

export interface IntervalFacts {
  readonly pace: Pace;
  /** See ProviderTraits.usualMs. */
  readonly usualMs: number | null;
  /** Since when the job is followed: the age of one that does not run yet. */
  readonly sinceMs: number;
  /** An accepted cancel that awaits its confirmation. */
  readonly cancel: { readonly requestedAtMs: number; readonly acceptedAtMs: number } | null;
}

const CANCEL_RUSH_MS = 60_000;

/**
 * The interval until the next poll of a job that was read well.
 * @param chance in [0, 1), drawn by the caller: shortens by up to a tenth, so that jobs do not poll in step
 * @returns whole ms, within the policy's bounds
 */
export function nextIntervalMs(policy: PollingPolicy, facts: IntervalFacts, nowMs: number, chance: number): number {
  const { minIntervalMs, maxIntervalMs } = policy;
  if (facts.cancel !== null && nowMs - facts.cancel.acceptedAtMs < CANCEL_RUSH_MS) return minIntervalMs;
  if (policy.mode === 'fixed') return policy.intervalMs;
  const ageMs = Math.max(0, nowMs - (facts.cancel?.requestedAtMs ?? facts.pace.runningSinceMs ?? facts.sinceMs));
  if (facts.usualMs !== null && ageMs < facts.usualMs) return minIntervalMs;
  const remainingMs = expectedRemainingMs(facts.pace, nowMs);
  const byAgeMs = ageMs / 4 + minIntervalMs;
  const wantedMs = Math.min(remainingMs === null ? byAgeMs : Math.min(remainingMs / 2, byAgeMs), maxIntervalMs);
  return Math.max(minIntervalMs, Math.round(wantedMs * (1 - chance / 10)));
}

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
const EDGE_FIRST_MS = 10_000;
const EDGE_MAX_MS = 5 * 60_000;
const RETRY_AFTER_MAX_MS = 3_600_000;

export interface TroubleFacts {
  /** Failed calls in a row, this one included. */
  readonly inRow: number;
  /** Of them, pages of a content delivery network. */
  readonly edgeInRow: number;
  readonly edge: boolean;
  /** What the service asked for, ms; null: nothing. */
  readonly retryAfterMs: number | null;
}

/** The interval after a failed call. A delay that the service asks for is never undercut, and never obeyed for over an hour. */
export function troubleIntervalMs(facts: TroubleFacts, chance: number): number {
  const backoffMs = facts.edge
    ? Math.min(EDGE_FIRST_MS * 2 ** Math.min(facts.edgeInRow - 1, 30), EDGE_MAX_MS)
    : Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(facts.inRow - 1, 30), BACKOFF_MAX_MS);
  const jitteredMs = Math.max(BACKOFF_FIRST_MS, Math.round(backoffMs * (1 - chance / 5)));
  if (facts.retryAfterMs === null) return jitteredMs;
  const askedMs = Math.min(Math.max(facts.retryAfterMs, BACKOFF_FIRST_MS), RETRY_AFTER_MAX_MS);
  // Upwards only: to come before the time asked for earns the next 429.
  return Math.min(Math.max(Math.round(askedMs * (1 + chance / 5)), jitteredMs), RETRY_AFTER_MAX_MS);
}
