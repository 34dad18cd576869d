import type { JobState } from '../contract/job.ts';
import type { LimitName, Limits } from '../contract/limits.ts';
import { LIMIT_NAMES } from '../contract/limits.ts';

/** What the clock of each limit needs; all moments in ms. */
export interface LimitClock {
  readonly limits: Limits;
  readonly trackedSinceMs: number;
  readonly state: JobState;
  readonly stateSinceMs: number;
  readonly scheduled: boolean;
  /** Scheduled time that is over. */
  readonly scheduledMs: number;
  /** Since when quiet has counted: the last change, moved on by the time of trouble since. */
  readonly quietSinceMs: number;
  readonly troubled: boolean;
  /** Whether a job under a word that nobody knows can stall as a running one. */
  readonly unknownStalls: boolean;
  /** Limits that have fired in their present period. */
  readonly fired: readonly LimitName[];
}

/** @returns the moment at which a limit passes, null: not in this state, or it has fired in this period */
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

/** A word that nobody knows may be that of an end: it must not stand unseen until the total has passed. */
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
