import type { CancelAnswer, CancelAsk } from '../contract/cancel.ts';
import type { Limits } from '../contract/limits.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import type { NoPollAnswer, PollAnswer } from '../polling/memory.ts';

/** What happened to a job or to its track. */
export type Happening =
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'planRefused'; readonly message: string; readonly problems: readonly Problem[] }
  /** The worker that planned does not know the provider. A worker that is deployed later may know it. */
  | {
      readonly type: 'planDeferred';
      readonly message: string;
      readonly problems: readonly Problem[];
      /** A caller asked for a cancel, so tracking ends now. False in runs that began without this rule. */
      readonly endsByCancel: boolean;
    }
  /** The answer to a status activity. `askedAtMs`: when the workflow scheduled that activity. */
  | ({ readonly askedAtMs: number } & PollAnswer)
  /** `unserved`: no worker took the status activity in time, or none that took it has the account. */
  | NoPollAnswer
  | { readonly type: 'cancelAsked'; readonly ask: CancelAsk }
  | { readonly type: 'cancelSent' }
  | { readonly type: 'cancelAnswered'; readonly answer: CancelAnswer }
  | { readonly type: 'limitsSet'; readonly limits: Partial<Limits> }
  | { readonly type: 'refreshAsked' }
  /** A continued run took over. */
  | { readonly type: 'resumed' }
  /** A time that `wakeAtMs` named has come. */
  | { readonly type: 'timePassed' };

/** `atMs`: when it happened; ms since 1970, by the clock of the workflow. */
export type TrackEvent = { readonly atMs: number } & Happening;

/** What a snapshot changes: `changed`: something that is reported; `newState`: also the state, or whether the job is scheduled. */
export interface Change {
  readonly changed: boolean;
  readonly newState: boolean;
}

/** An event as the parts of a track see it: a snapshot has been compared with the one before it. */
export type Compared<Event = TrackEvent> = Event extends { type: 'polled' } ? Event & Change : Event;

/** The event of one type. */
export type EventOf<Type extends TrackEvent['type']> = Extract<Compared, { type: Type }>;

/** The events that a part of the track has a rule for. Any other event leaves the part as it is. */
export type Rules<Part> = { readonly [Type in TrackEvent['type']]?: (part: Part, event: EventOf<Type>) => Part };

/** @returns the part after the event; the same object if no rule changes it */
export function reduce<Part>(rules: Rules<Part>, part: Part, event: Compared): Part {
  const rule = rules[event.type] as ((part: Part, event: Compared) => Part) | undefined;
  return rule === undefined ? part : rule(part, event);
}
