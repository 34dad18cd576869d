import type { PollingPolicy } from '../contract/polling-options.ts';
import { type Durations, hazardAt, isEnough, NO_DURATIONS, trustInForecast } from './durations.ts';
import { hazardOfInterval, intervalByHazard, mixedHazard } from './hazard.ts';
import type { AcceptedCancel, Trend } from './memory.ts';
import { forecastOf } from './forecast.ts';

export interface IntervalFacts {
  readonly trend: Trend;
  /** See ProviderTraits.usualMs. */
  readonly usualMs: number | null;
  /** When tracking began, ms. The age of a job that does not run yet counts from here. */
  readonly sinceMs: number;
  readonly cancel: AcceptedCancel | null;
  /** How long the account's jobs run, as far as this worker knows. */
  readonly durations?: Durations | undefined;
  /** When within a fixed interval the job is polled, in [0, 1); left out: at any time. */
  readonly phaseOffset?: number | undefined;
}

export interface IntervalTime {
  readonly nowMs: number;
  /** In [0, 1). An adaptive interval is shortened by up to a tenth, so that jobs do not poll in step. */
  readonly chance: number;
}

const CANCEL_FAST_MS = 60_000;

/** A fixed interval is shortened by at most this part, to bring a job back to its phase offset. */
const MOST_LEFT_OUT = 0.1;

/** A job that is early by at most this part of the interval is on time: timers and clocks are not exact. */
const NEAR = 0.01;

/**
 * The interval until the next poll, after an answer that could be read.
 * @returns whole ms; `adaptive`: within the bounds of the policy, whatever the facts are (I7); `fixed`: 0.9 to 1 times `intervalMs`
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
 * How late a job is, compared with its phase offset, ms; at most what one interval makes up. A pause of the worker brings jobs into step.
 * Without offsets they would stay in step, and cause the next pause.
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
  if (ageMs < (usualMs ?? 0)) return policy.minIntervalMs;
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
  /** How many of them were pages of a content delivery network. */
  readonly edgeInRow: number;
  readonly edge: boolean;
  /** What the service asked for, ms; null: nothing. */
  readonly retryAfterMs: number | null;
}

/** The interval after a failed call, ms. It is not shorter than the delay that the service asks for, but at most an hour. */
export function troubleIntervalMs(facts: TroubleFacts, chance: number): number {
  const backoffMs = facts.edge
    ? Math.min(EDGE_FIRST_MS * 2 ** Math.min(facts.edgeInRow - 1, 30), EDGE_MAX_MS)
    : Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(facts.inRow - 1, 30), BACKOFF_MAX_MS);
  const jitteredMs = Math.max(BACKOFF_FIRST_MS, Math.round(backoffMs * (1 - chance / 5)));
  if (facts.retryAfterMs === null) return jitteredMs;
  const askedMs = Math.min(Math.max(facts.retryAfterMs, BACKOFF_FIRST_MS), RETRY_AFTER_MAX_MS);
  // Only longer: a call before the time asked for would get the next 429.
  return Math.min(Math.max(Math.round(askedMs * (1 + chance / 5)), jitteredMs), RETRY_AFTER_MAX_MS);
}
