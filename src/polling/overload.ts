/** A second of a worker, as its event loop saw it. */
export interface Second {
  /** How long it really took, ms. A busy event loop looks late. */
  readonly tookMs: number;
  /** How late the event loop was for its timers, 99th percentile, ms. */
  readonly lagMs: number;
  /** The share of the time in which the event loop was busy, 0 to 1. */
  readonly busy: number;
  /** The most polls that were under way at one time. */
  readonly mostUnderWay: number;
  /** For how long the poll that waits longest has been due at its end, ms; 0: none waits. */
  readonly latenessMs: number;
  /** For how long the oldest workflow task waits for a worker, ms; 0: none waits, or nobody knows it. */
  readonly backlogMs: number;
}

/** How much a worker has to do, compared with what it can do. */
export interface Load {
  /** The most polls that may be under way at a time. */
  readonly limit: number;
  /** Up to this limit it grows fast: half of what was under way when the event loop was behind. Above it, lateness may come at once. */
  readonly safeLimit: number;
  /** The event loop was too late in the last second. */
  readonly isBehind: boolean;
  /** No poll begins in the next second, so that workflow tasks get the CPU. */
  readonly isResting: boolean;
  /** For how long polls have been late without a break, ms. */
  readonly lateForMs: number;
  /** For how long no poll has been late, ms. */
  readonly onTimeForMs: number;
  /** Polls stay late: another worker is needed. */
  readonly isOverloaded: boolean;
  /** The share of the last second in which the event loop was busy, 0 to 1. */
  readonly busy: number;
}

/** A later timer than this delays workflow tasks, cancels and queries so much that people notice. */
export const LAG_MS = 50;
/** Polls never stop. If a service answers slowly, the limit soon grows again, because the event loop is idle then. */
export const LEAST_UNDER_WAY = 8;
/** Each takes a socket, and about 50 KB. */
export const MOST_UNDER_WAY = 1_000;
const FIRST_UNDER_WAY = 32;
const BUSY_FROM = 0.8;
const IDLE_BELOW = 0.4;
const FULL_ABOVE = 0.7;

/**
 * A workflow task that waits longer shows that the machine has too little CPU for polls and workflow tasks together. New jobs, cancels and
 * queries need workflow tasks.
 */
const BACKLOG_MS = 1_000;

/** A poll that waits longer than this for its turn is late. */
const LATE_MS = 1_000;
/** After so long without a break, late polls show that the worker has too much to do. */
const OVERLOADED_AFTER_MS = 30_000;

export const NO_LOAD: Load = {
  limit: FIRST_UNDER_WAY,
  safeLimit: MOST_UNDER_WAY,
  isBehind: false,
  isResting: false,
  lateForMs: 0,
  onTimeForMs: 0,
  isOverloaded: false,
  busy: 0,
};

/** @returns the load after one more second */
export function loadAfter(before: Load, second: Second): Load {
  const { tookMs, lagMs, busy, latenessMs, backlogMs } = second;
  const isLate = latenessMs > LATE_MS;
  const lateForMs = isLate ? before.lateForMs + tookMs : 0;
  const onTimeForMs = isLate ? 0 : before.onTimeForMs + tookMs;
  const isOverloaded = before.isOverloaded ? onTimeForMs < OVERLOADED_AFTER_MS : lateForMs >= OVERLOADED_AFTER_MS;
  const isBehind = lagMs > LAG_MS;
  const limit = Math.min(MOST_UNDER_WAY, isBehind ? limitAfterLag(before, second) : limitAfterGood(before, second));
  const safeLimit = isBehind && !before.isBehind ? limit : before.safeLimit;
  // Every other second: polls go on, too, or else trouble and ends of jobs would be seen late.
  const isResting = backlogMs > BACKLOG_MS && !before.isResting;
  return { limit, safeLimit, isBehind, isResting, lateForMs, onTimeForMs, isOverloaded, busy };
}

/** A second in which the event loop was behind halves the limit, from what was really under way. */
function limitAfterLag({ limit }: Load, { mostUnderWay }: Second): number {
  return Math.max(LEAST_UNDER_WAY, Math.floor(Math.min(limit, mostUnderWay) / 2));
}

/**
 * A good second in which the limit was reached adds one to it. While the event loop is idle for most of the time, polls only wait for slow
 * answers, and the limit grows by a quarter. It also does up to the safe limit, if the event loop is not busy. Fast growth beyond it made
 * the event loop late by 400 ms every ten seconds.
 */
function limitAfterGood({ limit, safeLimit }: Load, { busy, mostUnderWay }: Second): number {
  if (mostUnderWay < limit) return limit;
  const grown = limit + Math.ceil(limit / 4);
  if (busy < IDLE_BELOW) return grown;
  return busy < BUSY_FROM && limit < safeLimit ? Math.min(grown, safeLimit) : limit + 1;
}

/**
 * @returns how full the worker is, 0 to 1: the part of the last second in which its event loop was busy. If polls are late, it rises to 1
 * within 30 s; while the worker is overloaded, it is 1
 */
export function saturationOf({ busy, lateForMs, isOverloaded }: Load): number {
  return isOverloaded ? 1 : Math.min(1, Math.max(busy, lateForMs / OVERLOADED_AFTER_MS));
}

/** @returns whether the worker may have too little CPU for all that it has to do */
export function isFull({ busy, isBehind, lateForMs }: Load): boolean {
  return isBehind || lateForMs > 0 || busy > FULL_ABOVE;
}
