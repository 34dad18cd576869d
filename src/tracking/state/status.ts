import type { FailureKind } from '../../contract/failure.ts';
import type { JobState, Snapshot } from '../../contract/job.ts';
import { changeKeyOf } from '../../polling/memory.ts';
import type { Change, Compared, EventOf, Rules, TrackEvent } from '../event.ts';

/** Why the status cannot be read now. `unserved`: no worker has the account. */
export interface Trouble {
  readonly kind: FailureKind | 'unserved';
  readonly sinceMs: number;
  readonly error: string;
}

/** What is known of the job at its service. Times in ms. */
export interface Status {
  /** The last answer that knew the job; null: there was none. */
  readonly snapshot: Snapshot | null;
  readonly lastChangeAtMs: number | null;
  readonly stateSinceMs: number;
  /** How long the job was scheduled for later, without the present period, ms. */
  readonly scheduledMs: number;
  /** The last change, plus the time since then in which the status could not be read. */
  readonly quietSinceMs: number;
  readonly moderatedSinceMs: number | null;
  readonly missing: { readonly sinceMs: number; readonly message: string } | null;
  readonly trouble: Trouble | null;
  /** How often in a row no worker took the status activity. */
  readonly unserved: number;
}

export function beginStatus(nowMs: number): Status {
  return {
    snapshot: null,
    lastChangeAtMs: null,
    stateSinceMs: nowMs,
    scheduledMs: 0,
    quietSinceMs: nowMs,
    moderatedSinceMs: null,
    missing: null,
    trouble: null,
    unserved: 0,
  };
}

export const statusRules: Rules<Status> = { planned, polled, missing, degraded, unserved };

export function jobStateOf({ snapshot }: Status): JobState {
  return snapshot?.state ?? 'pending';
}

export function isScheduled({ snapshot }: Status): boolean {
  return snapshot?.scheduled ?? false;
}

/** Compares a snapshot with the one before it. */
export function compared(status: Status, event: TrackEvent): Compared {
  return event.type === 'polled' ? { ...event, ...changeOf(status, event.snapshot) } : event;
}

function changeOf(status: Status, snapshot: Snapshot): Change {
  const newState = jobStateOf(status) !== snapshot.state || isScheduled(status) !== snapshot.scheduled;
  const [was, is] = [status.snapshot, snapshot].map((of) => (of === null ? null : JSON.stringify(changeKeyOf(of))));
  return { changed: was !== is, newState };
}

function planned(status: Status, { plan, atMs }: EventOf<'planned'>): Status {
  if (plan.accountKnown) return { ...status, trouble: null };
  const error = `no account ${plan.job.account} here; another worker may have it`;
  return { ...status, trouble: { kind: 'unserved', sinceMs: atMs, error } };
}

function polled(status: Status, { snapshot, changed, newState, atMs }: EventOf<'polled'>): Status {
  const { stateSinceMs, scheduledMs, quietSinceMs, moderatedSinceMs, lastChangeAtMs } = status;
  const endedSchedule = newState && isScheduled(status) ? atMs - stateSinceMs : 0;
  return {
    snapshot,
    lastChangeAtMs: changed ? atMs : lastChangeAtMs,
    stateSinceMs: newState ? atMs : stateSinceMs,
    scheduledMs: scheduledMs + endedSchedule,
    quietSinceMs: changed ? atMs : quietSinceMs + troubledMs(status, atMs),
    moderatedSinceMs: snapshot.state === 'moderated' ? (moderatedSinceMs ?? atMs) : null,
    missing: null,
    trouble: null,
    unserved: 0,
  };
}

/** @returns how long the status could not be read until now. A stall does not count this time. */
function troubledMs({ trouble, missing: gone }: Status, nowMs: number): number {
  return nowMs - Math.min(trouble?.sinceMs ?? nowMs, gone?.sinceMs ?? nowMs);
}

function missing(status: Status, { message, atMs }: EventOf<'missing'>): Status {
  // If a miss follows trouble, the job could not be seen during the trouble.
  const sinceMs = status.missing?.sinceMs ?? status.trouble?.sinceMs ?? atMs;
  return { ...status, missing: { sinceMs, message }, trouble: null, unserved: 0 };
}

function degraded(status: Status, { kind, message, sinceMs }: EventOf<'degraded'>): Status {
  const trouble = { kind, sinceMs: status.trouble?.sinceMs ?? sinceMs, error: message };
  return { ...status, trouble, unserved: 0 };
}

function unserved(status: Status, { message, atMs }: EventOf<'unserved'>): Status {
  const trouble = { kind: 'unserved' as const, sinceMs: status.trouble?.sinceMs ?? atMs, error: message };
  return { ...status, trouble, unserved: status.unserved + 1 };
}
