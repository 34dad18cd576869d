import type { PollingPolicy } from '../contract/polling-options.ts';
import type { Durations } from './durations.ts';
import { NO_DURATIONS, hazardAt, isEnough, trustInForecast } from './durations.ts';
import { hazardOfInterval, intervalByHazard, mixedHazard } from './hazard.ts';
import type { AcceptedCancel, Trend } from './memory.ts';
import { forecastOf } from './forecast.ts';

export interface IntervalFacts {
  readonly trend: Trend;
  /** See ProviderTraits.usualMs. */
  readonly usualMs: number | null;
  /** Since when the job is followed: the age of one that does not run yet. */
  readonly sinceMs: number;
  readonly cancel: AcceptedCancel | null;
  /** How long the account's jobs run, as far as this worker has learnt it. */
  readonly durations?: Durations | undefined;
  /** The job's own place within a fixed interval, of [0, 1); left out: it has none. */
  readonly phaseOffset?: number | undefined;
}

export interface IntervalTime {
  readonly nowMs: number;
  /** In [0, 1). An adaptive interval is shortened by up to a tenth, so that jobs do not poll in step. */
  readonly chance: number;
}

const CANCEL_FAST_MS = 60_000;

/** Of a fixed interval: so much of it at most is left out to bring a job back to its place. */
const MOST_LEFT_OUT = 0.1;

/** Of a fixed interval: who is ahead of its place by no more is in it. Timers and clocks are not exact, and the whole way round is long. */
const NEAR = 0.01;

/**
 * The interval until the next poll of a job that was read well.
 * @returns whole ms; `adaptive`: within the policy's bounds, whatever the facts are (I7); `fixed`: at most `intervalMs`, at least nine tenths of it
 */
export function nextIntervalMs(policy: PollingPolicy, facts: IntervalFacts, { nowMs, chance }: IntervalTime): number {
  const { minIntervalMs, maxIntervalMs, intervalMs } = policy;
  const isFixed = policy.mode === 'fixed';
  const rushes = facts.cancel !== null && nowMs - facts.cancel.acceptedAtMs < CANCEL_FAST_MS;
  if (rushes) return isFixed ? Math.min(minIntervalMs, intervalMs) : minIntervalMs;
  if (isFixed) return intervalMs - behindOffsetMs(policy, facts.phaseOffset, nowMs);
  const wantedMs = Math.min(wantedIntervalMs(policy, facts, nowMs), maxIntervalMs);
  return Math.max(minIntervalMs, Math.round(wantedMs * (1 - chance / 10)));
}

/**
 * How far behind its place a job is, as far as one fixed interval makes it up. Without places of their own, jobs that a pause of the
 * worker has brought into step would stay in step for ever, and make the next pause.
 */
export function behindOffsetMs(
  { mode, intervalMs }: PollingPolicy,
  phaseOffset: number | undefined,
  nowMs: number,
): number {
  if (mode !== 'fixed' || phaseOffset === undefined) return 0;
  const mostMs = Math.floor(intervalMs * MOST_LEFT_OUT);
  const behindMs = Math.max(0, nowMs - Math.round(phaseOffset * intervalMs)) % intervalMs;
  const isNear = intervalMs - behindMs <= intervalMs * NEAR;
  return isNear ? 0 : Math.min(behindMs, mostMs);
}

function wantedIntervalMs(policy: PollingPolicy, facts: IntervalFacts, nowMs: number): number {
  const { trend, usualMs, cancel, durations = NO_DURATIONS } = facts;
  const ageMs = Math.max(0, nowMs - (cancel?.requestedAtMs ?? trend.runningSinceMs ?? facts.sinceMs));
  if (usualMs !== null && ageMs < usualMs) return policy.minIntervalMs;
  const byAgeMs = ageMs / 4 + policy.minIntervalMs;
  if (cancel !== null) return byAgeMs;
  const known = isEnough(durations) && trend.runningSinceMs !== null;
  const forecast = forecastOf(trend);
  if (forecast === null && !known) return byAgeMs;
  const base = known ? (afterMs: number) => hazardAt(durations, ageMs + afterMs) : () => hazardOfInterval(byAgeMs);
  const bounds = { fromMs: policy.minIntervalMs, toMs: policy.maxIntervalMs };
  if (forecast === null) return intervalByHazard(base, bounds);
  const trusted = { ...forecast, trust: trustInForecast(durations) };
  const mixed = (afterMs: number): number => mixedHazard(trusted, base(afterMs), nowMs + afterMs);
  const finestMs = (afterMs: number): number =>
    Math.max(forecast.spreadMs / 2, Math.abs(forecast.endAtMs - nowMs - afterMs) / 4);
  return intervalByHazard(mixed, bounds, finestMs);
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
