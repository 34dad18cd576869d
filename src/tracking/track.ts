import type { CancelAnswer, CancelAsk } from '../contract/cancel.ts';
import type { FailureKind } from '../contract/failure.ts';
import type { JobRef, JobState, Snapshot } from '../contract/job.ts';
import { isRecord } from '../contract/json.ts';
import type { LimitName, Limits } from '../contract/limits.ts';
import { DEFAULT_LIMITS } from '../contract/limits.ts';
import type { JobOutcome } from '../contract/outcome.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import type { TimelineEntry } from '../contract/progress.ts';
import { plainText } from '../contract/text.ts';
import type { PollAnswer, PollMemory } from '../polling/memory.ts';
import { emptyMemory } from '../polling/memory.ts';
import type { CancelTrack } from './cancel.ts';
import { noCancel } from './cancel.ts';

/** Why the status cannot be read now. `unserved`: no worker has the account. */
export interface Trouble {
  readonly kind: FailureKind | 'unserved';
  readonly sinceMs: number;
  readonly error: string;
}

/** All that the workflow knows of its job. A wire format: fields are added with a default, never renamed. Moments in ms. */
export interface Track {
  /** The rules under which the run decides; runs begun under older ones keep them. */
  readonly rules: 1;
  readonly plan: Plan | null;
  /** As the caller wrote it until the plan is made. */
  readonly job: JobRef;
  readonly labels: Record<string, string>;
  readonly limits: Limits;
  /** Set before the plan was made, which they outlive. */
  readonly limitsAsked: Partial<Limits>;
  readonly trackedSinceMs: number;
  readonly memory: PollMemory;
  readonly snapshot: Snapshot | null;
  readonly lastChangeAtMs: number | null;
  readonly stateSinceMs: number;
  /** Scheduled time that is over, ms. */
  readonly scheduledMs: number;
  /** The last change, moved on by the time in which the status could not be read. */
  readonly quietSinceMs: number;
  readonly pollDueAtMs: number;
  /** When the poll was asked for that answered last; null: none has. */
  readonly answeredAskMs: number | null;
  readonly trouble: Trouble | null;
  /** How often in a row no worker took the status activity. */
  readonly unserved: number;
  readonly missing: { readonly sinceMs: number; readonly message: string } | null;
  readonly moderatedSinceMs: number | null;
  readonly fired: readonly LimitName[];
  readonly passed: { readonly limit: Exclude<LimitName, 'stalledMs'>; readonly atMs: number } | null;
  readonly overdue: { readonly sinceMs: number; readonly error: string } | null;
  readonly stalledSinceMs: number | null;
  /** Whether a word that nobody knows can stall; absent until there is one, false in a run that began without that rule. */
  readonly unknownStalls?: boolean;
  readonly refreshedAtMs: number | null;
  readonly cancel: CancelTrack;
  readonly outcome: JobOutcome | null;
  /** What was wrong with the input, instead of an outcome. */
  readonly refusal: { readonly message: string; readonly problems: readonly Problem[] } | null;
  /** Grows with each event after which a poll must begin anew: whoever waits or polls under an older one is interrupted. */
  readonly urgency: number;
  /** Since when a poll is due by urgency, and goes before the others of its account; null: none is, or it has been made. */
  readonly urgentSinceMs: number | null;
  /** Grows by one with each change. */
  readonly version: number;
  readonly timeline: readonly TimelineEntry[];
}

export type TrackEvent = { readonly atMs: number } & (
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'planRefused'; readonly message: string; readonly problems: readonly Problem[] }
  /** The planning worker does not know the provider; one that is deployed later may. */
  | {
      readonly type: 'planDeferred';
      readonly message: string;
      readonly problems: readonly Problem[];
      /** A cancel was asked for, and need not wait for such a worker. False in runs that began without this rule. */
      readonly endsByCancel: boolean;
    }
  | ({ readonly askedAtMs: number } & PollAnswer)
  /** No worker took the status activity in time, or it ended in a way that nobody planned. */
  | { readonly type: 'unserved'; readonly message: string }
  | { readonly type: 'cancelAsked'; readonly ask: CancelAsk }
  | { readonly type: 'cancelSent' }
  | { readonly type: 'cancelAnswered'; readonly answer: CancelAnswer }
  | { readonly type: 'limitsSet'; readonly limits: Partial<Limits> }
  | { readonly type: 'refreshAsked' }
  /** A continued run takes over. */
  | { readonly type: 'resumed' }
  /** A moment that `wakeAtMs` named has come. */
  | { readonly type: 'timePassed' }
);

/** Begins a track from whatever a caller sent: it may be wrong in any way, which the plan will say. */
export function begin(input: unknown, nowMs: number): Track {
  const given = isRecord(input) ? input : {};
  return {
    rules: 1,
    plan: null,
    job: jobAsGiven(given['job']),
    labels: textsOf(given['labels']),
    limits: DEFAULT_LIMITS,
    limitsAsked: {},
    trackedSinceMs: nowMs,
    memory: emptyMemory(nowMs),
    snapshot: null,
    lastChangeAtMs: null,
    stateSinceMs: nowMs,
    scheduledMs: 0,
    quietSinceMs: nowMs,
    pollDueAtMs: nowMs,
    answeredAskMs: null,
    trouble: null,
    unserved: 0,
    missing: null,
    moderatedSinceMs: null,
    fired: [],
    passed: null,
    overdue: null,
    stalledSinceMs: null,
    refreshedAtMs: null,
    cancel: noCancel(),
    outcome: null,
    refusal: null,
    urgency: 0,
    urgentSinceMs: null,
    version: 1,
    timeline: [],
  };
}

const MAX_SHOWN = 20;

const MAX_SHOWN_TEXT = 200;

/** @returns the job as far as it can be shown: provider and job id are '' where they are no text */
function jobAsGiven(job: unknown): JobRef {
  const { provider = '', jobId = '', ...rest } = textsOf(job);
  return { provider, jobId, ...rest };
}

/** What a caller wrote is shown before anybody has checked it: so many texts, made plain. */
function textsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  const shown = Object.entries(value).filter(isText).slice(0, MAX_SHOWN);
  return Object.fromEntries(
    shown.map(([key, text]) => [plainText(key, MAX_SHOWN_TEXT), plainText(text, MAX_SHOWN_TEXT)]),
  );
}

export function stateOf(track: Track): JobState {
  return track.snapshot?.state ?? 'pending';
}
