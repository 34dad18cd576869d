import { beginLimits, type LimitClock, type LimitState } from './state/limits.ts';
import { noCancel } from './state/cancel/rules.ts';
import type { Cancel } from './state/cancel/shape.ts';
import { type End, open } from './state/end.ts';
import { emptyJournal, type Journal } from './state/journal.ts';
import { beginPolling, type Polling } from './state/polling.ts';
import { beginRequest, type Request } from './state/request.ts';
import { beginStatus, isScheduled, jobStateOf, type Status } from './state/status.ts';

/**
 * All that the workflow knows of its job. Each part has its own file of types and rules, and knows no other part.
 * A run hands the track on to the run that continues it: fields are added with a default, never renamed.
 */
export interface Track {
  readonly rules: RunRules;
  readonly request: Request;
  readonly status: Status;
  readonly polling: Polling;
  readonly limits: LimitState;
  readonly cancel: Cancel;
  readonly end: End;
  readonly journal: Journal;
}

/** The rules under which a run decides. A run that began under older rules keeps them. */
export interface RunRules {
  /** The shape of the track. */
  readonly shape: 2;
  /** Whether a job with a status that is not known here can stall. Absent: no such status yet. False: the run began without this rule. */
  readonly unknownStalls?: boolean;
}

/** Begins a track from the value that a caller sent. The value can be wrong in any way: the plan checks it. */
export function begin(input: unknown, nowMs: number): Track {
  return {
    rules: { shape: 2 },
    request: beginRequest(input, nowMs),
    status: beginStatus(nowMs),
    polling: beginPolling(nowMs),
    limits: beginLimits(),
    cancel: noCancel,
    end: open,
    journal: emptyJournal,
  };
}

/** @returns what the clocks of the limits need to know of the job */
export function limitClockOf({ rules, request, status, limits }: Track): LimitClock {
  return {
    limits: limits.allowed,
    fired: limits.fired,
    trackedSinceMs: request.trackedSinceMs,
    state: jobStateOf(status),
    stateSinceMs: status.stateSinceMs,
    scheduled: isScheduled(status),
    scheduledMs: status.scheduledMs,
    quietSinceMs: status.quietSinceMs,
    troubled: status.trouble !== null || status.missing !== null,
    unknownStalls: rules.unknownStalls ?? false,
  };
}
