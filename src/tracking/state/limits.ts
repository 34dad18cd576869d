import type { JobState } from '../../contract/job.ts';
import {
  DEFAULT_LIMITS,
  type EndingLimit,
  LIMIT_NAMES,
  type LimitName,
  type Limits,
  withLimits,
} from '../../contract/limits.ts';
import type { EventOf, Rules } from '../event.ts';

/** The limits of a job, and which of them have passed. Times in ms. */
export interface LimitState {
  readonly allowed: Limits;
  /** Limits that callers set before there is a plan. They override those of the plan; null: none, or the plan is made. */
  readonly asked: Partial<Limits> | null;
  /** Limits that have passed in their present period: each acts once. */
  readonly fired: readonly LimitName[];
  /** The first limit that passed and ends tracking; null: none, or `onLimit` is `alert`. */
  readonly passed: { readonly limit: EndingLimit; readonly atMs: number } | null;
  readonly overdue: { readonly sinceMs: number; readonly error: string } | null;
  readonly stalledSinceMs: number | null;
}

export function beginLimits(): LimitState {
  return { allowed: DEFAULT_LIMITS, asked: {}, fired: [], passed: null, overdue: null, stalledSinceMs: null };
}

export const limitRules: Rules<LimitState> = {
  planned: (limits, { plan }) => ({ ...limits, allowed: withLimits(plan.limits, limits.asked), asked: null }),
  polled: (limits, { changed, newState }) => {
    const periodic = newState ? withNewPeriod(limits) : limits;
    return changed ? withoutStall(periodic) : periodic;
  },
  limitsSet,
};

/** A new state begins a new period. Its limits may pass again. A limit of the old state no longer counts. */
function withNewPeriod(limits: LimitState): LimitState {
  const { allowed, fired, passed, overdue } = limits;
  const over = passed !== null && passed.limit !== 'totalMs' && allowed.onLimit === 'stop';
  const alerted = fired.includes('totalMs') ? overdue : null;
  return {
    ...limits,
    // `totalMs` may have passed after a limit that no longer counts. It must pass again, or it would be lost.
    fired: over ? [] : fired.filter((limit) => limit === 'totalMs'),
    passed: over ? null : passed,
    overdue: allowed.onLimit === 'alert' ? alerted : overdue,
  };
}

function withoutStall(limits: LimitState): LimitState {
  return { ...limits, stalledSinceMs: null, fired: limits.fired.filter((limit) => limit !== 'stalledMs') };
}

/** A changed limit may pass again. Other limits that have passed stay passed. */
function limitsSet(before: LimitState, event: EventOf<'limitsSet'>): LimitState {
  const allowed = withLimits(before.allowed, event.limits);
  const ruleChanged = allowed.onLimit !== before.allowed.onLimit;
  const isStale = (limit: LimitName): boolean =>
    allowed[limit] !== before.allowed[limit] || (ruleChanged && limit !== 'stalledMs');
  // If one of the ending limits changes, all of them may pass again: only the first one that passed was noted.
  const ending = [...before.fired, ...(before.passed === null ? [] : [before.passed.limit])];
  const anyStale = ending.some((limit) => limit !== 'stalledMs' && isStale(limit));
  return {
    allowed,
    asked: before.asked === null ? null : withLimits(before.asked, event.limits),
    passed: anyStale ? null : before.passed,
    fired: before.fired.filter((limit) => (limit === 'stalledMs' ? !isStale(limit) : !anyStale)),
    overdue: anyStale ? null : before.overdue,
    stalledSinceMs: isStale('stalledMs') ? null : before.stalledSinceMs,
  };
}

/** Notes that a limit passed now. Whether this ends tracking, or asks for a cancel, is not decided here. */
export function fire(limits: LimitState, limit: LimitName, nowMs: number): LimitState {
  const fired = { ...limits, fired: [...limits.fired, limit] };
  if (limit === 'stalledMs') return { ...fired, stalledSinceMs: nowMs };
  if (limits.allowed.onLimit === 'alert') return overdueBecause(fired, `${limit} has passed`, nowMs);
  return { ...fired, passed: limits.passed ?? { limit, atMs: nowMs } };
}

/** The first reason stays, because the job is overdue since then. */
export function overdueBecause(limits: LimitState, error: string, nowMs: number): LimitState {
  return limits.overdue === null ? { ...limits, overdue: { sinceMs: nowMs, error } } : limits;
}

/** What the clock of each limit needs; all times in ms. */
export interface LimitClock {
  readonly limits: Limits;
  readonly trackedSinceMs: number;
  readonly state: JobState;
  readonly stateSinceMs: number;
  readonly scheduled: boolean;
  /** How long the job was scheduled for later, without the present period. */
  readonly scheduledMs: number;
  /** The last change, moved on by the time of trouble since. */
  readonly quietSinceMs: number;
  readonly troubled: boolean;
  /** Whether a job with a status that is not known here can stall as a running one does. */
  readonly unknownStalls: boolean;
  /** Limits that have fired in their present period. */
  readonly fired: readonly LimitName[];
}

/** @returns when a limit passes, ms; null: not in this state, or it has fired in this period */
export function limitDueAtMs(clock: LimitClock, limit: LimitName): number | null {
  const allowedMs = clock.limits[limit];
  if (allowedMs === null || clock.fired.includes(limit)) return null;
  switch (limit) {
    case 'totalMs':
      return clock.scheduled ? null : clock.trackedSinceMs + clock.scheduledMs + allowedMs;
    case 'queuedMs':
      return clock.state === 'queued' && !clock.scheduled ? clock.stateSinceMs + allowedMs : null;
    case 'runningMs':
      return clock.state === 'running' ? clock.stateSinceMs + allowedMs : null;
    case 'stalledMs':
      return canStall(clock) && !clock.troubled ? Math.max(clock.quietSinceMs, clock.stateSinceMs) + allowedMs : null;
    default:
      return limit satisfies never;
  }
}

/** A status that is not known here may mean an end. People must see it before `totalMs` has passed. */
function canStall({ state, unknownStalls }: LimitClock): boolean {
  return state === 'running' || (state === 'unknown' && unknownStalls);
}

/** @returns the limits that have passed by now and not fired yet, in their order */
export function passedLimits(clock: LimitClock, nowMs: number): LimitName[] {
  return LIMIT_NAMES.filter((limit) => {
    const dueAtMs = limitDueAtMs(clock, limit);
    return dueAtMs !== null && dueAtMs <= nowMs;
  });
}
