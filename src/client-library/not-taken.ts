import type { JobProgress } from '../contract/index.ts';
import type { Json } from '../contract/json.ts';
import type { LimitOptions, PollingDurations } from './options.ts';
import { limitsOf, pollingOf } from './options.ts';

/** An option that `track` was given for a job that is tracked already with another one. */
export interface OptionNotTaken {
  /** Such as `limits.totalMs` or `labels.team`. */
  field: string;
  asked: Json;
  /** What the job has instead; null: no limit, no such label, or polling that an older worker does not tell. */
  holds: Json;
}

interface Asked {
  polling?: PollingDurations;
  limits?: LimitOptions;
  labels?: Record<string, string>;
}

/**
 * Compares what was asked of `track` with what the job carries: it may have been tracked before, with other options.
 * @returns only options that were given, and that differ; null: no worker has taken the job up yet
 */
export function optionsNotTaken(progress: JobProgress, { polling, limits, labels }: Asked): OptionNotTaken[] | null {
  if (progress.polling === null) return null;
  const limitsAsked = Object.entries(limitsOf(limits ?? {}));
  return [
    ...differences('limits', withoutNullChoice(limitsAsked), progress.limits),
    ...differences('polling', set(Object.entries(pollingOf(polling ?? {}))), progress.polling ?? {}),
    ...differences('labels', set(Object.entries(labels ?? {})), progress.labels),
  ];
}

type Entry = [name: string, value: unknown];

/** Null is unset. */
function set(asked: Entry[]): Entry[] {
  return asked.filter(([, value]) => value !== null);
}

/** A limit of null is no limit; `onLimit` has no such value. */
function withoutNullChoice(asked: Entry[]): Entry[] {
  return asked.filter(([name, value]) => name !== 'onLimit' || value !== null);
}

function differences(at: string, asked: Entry[], held: object): OptionNotTaken[] {
  const holdsOf = (name: string): unknown => new Map(Object.entries(held)).get(name) ?? null;
  return asked
    .filter(([name, value]) => value !== undefined && value !== holdsOf(name))
    .map(([name, value]) => ({ field: `${at}.${name}`, asked: value as Json, holds: holdsOf(name) as Json }));
}
