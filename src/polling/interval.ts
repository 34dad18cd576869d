import type { PollingPolicy } from '../contract/polling-options.ts';
import type { Durations } from './durations.ts';
import { NO_DURATIONS, hazardAt, isEnough, trustInForecast } from './durations.ts';
import { hazardOfInterval, intervalByHazard, mixedHazard } from './hazard.ts';
import type { Pace } from './pace.ts';
import { forecastOf } from './pace.ts';

export interface IntervalFacts {
  readonly pace: Pace;
  /** See ProviderTraits.usualMs. */
  readonly usualMs: number | null;
  /** Since when the job is followed: the age of one that does not run yet. */
  readonly sinceMs: number;
  /** An accepted cancel that awaits its confirmation. */
  readonly cancel: { readonly requestedAtMs: number; readonly acceptedAtMs: number } | null;
  /** How long the account's jobs run, as far as this worker has learnt it. */
  readonly learnt?: Durations;
  /** The job's own place within a fixed interval, of [0, 1); left out: it has none. */
  readonly place?: number;
}

const CANCEL_RUSH_MS = 60_000;

/** Of a fixed interval: so much of it at most is left out to bring a job back to its place. */
const MOST_LEFT_OUT = 0.1;

/** Of a fixed interval: who is ahead of its place by no more is in it. Timers and clocks are not exact, and the whole way round is long. */
const NEAR = 0.01;

/**
 * The interval until the next poll of a job that was read well.
 * @param chance in [0, 1), drawn by the caller: shortens by up to a tenth, so that jobs do not poll in step
 * @returns whole ms; `adaptive`: within the policy's bounds, whatever the facts are (I7); `fixed`: at most `intervalMs`, at least nine tenths of it
 */
export function nextIntervalMs(policy: PollingPolicy, facts: IntervalFacts, nowMs: number, chance: number): number {
  const { minIntervalMs, maxIntervalMs, intervalMs } = policy;
  const isFixed = policy.mode === 'fixed';
  const rushes = facts.cancel !== null && nowMs - facts.cancel.acceptedAtMs < CANCEL_RUSH_MS;
  if (rushes) return isFixed ? Math.min(minIntervalMs, intervalMs) : minIntervalMs;
  if (isFixed) return intervalMs - behindPlaceMs(policy, facts.place, nowMs);
  const wantedMs = Math.min(wantedIntervalMs(policy, facts, nowMs), maxIntervalMs);
  return Math.max(minIntervalMs, Math.round(wantedMs * (1 - chance / 10)));
}

/**
 * How far behind its place a job is, as far as one fixed interval makes it up. Without places of their own, jobs that a pause of the
 * worker has brought into step would stay in step for ever, and make the next pause.
 */
export function behindPlaceMs({ mode, intervalMs }: PollingPolicy, place: number | undefined, nowMs: number): number {
  if (mode !== 'fixed' || place === undefined) return 0;
  const mostMs = Math.floor(intervalMs * MOST_LEFT_OUT);
  const behindMs = Math.max(0, nowMs - Math.round(place * intervalMs)) % intervalMs;
  const isNear = intervalMs - behindMs <= intervalMs * NEAR;
  return isNear ? 0 : Math.min(behindMs, mostMs);
}

function wantedIntervalMs(policy: PollingPolicy, facts: IntervalFacts, nowMs: number): number {
  const { pace, usualMs, cancel, learnt = NO_DURATIONS } = facts;
  const ageMs = Math.max(0, nowMs - (cancel?.requestedAtMs ?? pace.runningSinceMs ?? facts.sinceMs));
  if (usualMs !== null && ageMs < usualMs) return policy.minIntervalMs;
  const byAgeMs = ageMs / 4 + policy.minIntervalMs;
  if (cancel !== null) return byAgeMs;
  const known = isEnough(learnt) && pace.runningSinceMs !== null;
  const forecast = forecastOf(pace);
  if (forecast === null && !known) return byAgeMs;
  const base = known ? (afterMs: number) => hazardAt(learnt, ageMs + afterMs) : () => hazardOfInterval(byAgeMs);
  const bounds = { fromMs: policy.minIntervalMs, toMs: policy.maxIntervalMs };
  if (forecast === null) return intervalByHazard(base, bounds);
  const trusted = { ...forecast, trust: trustInForecast(learnt) };
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
