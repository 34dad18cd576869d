import type { JobProgress } from '../contract/index.ts';
import type { Json } from '../contract/json.ts';
import { type LimitOptions, limitsOf, type PollingDurations, pollingOf } from './options.ts';

/** An option of `track` that has no effect, because the job is tracked already with another value. */
export interface OptionNotTaken {
  /** Such as `limits.totalMs` or `labels.team`. */
  field: string;
  /** The value that `track` was given. */
  asked: Json;
  /** The value that the job has. Null: no limit, no such label, or an older worker that does not report polling options. */
  holds: Json;
}

interface Asked {
  polling?: PollingDurations;
  limits?: LimitOptions;
  labels?: Record<string, string>;
}

/**
 * Compares the options of `track` with those of the job. They can differ if the job was tracked before.
 * @param progress the progress of the job, read after `track`
 * @returns the given options that differ; null: not known yet, because no worker has planned the job
 * @example
 * const options = { limits: { totalMs: '2h' } } as const;
 * const job = await tracker.track({ provider: 'printshop', jobId: '42' }, options);
 * for (const { field, holds } of optionsNotTaken(await job.progress(), options) ?? []) console.warn(field, holds);
 */
export function optionsNotTaken(progress: JobProgress, { polling, limits, labels }: Asked): OptionNotTaken[] | null {
  if (progress.polling === null) return null;
  const limitsAsked = Object.entries(limitsOf(limits ?? {}));
  return [
    ...differences('limits', withoutNullOnLimit(limitsAsked), progress.limits),
    ...differences('polling', withoutNull(Object.entries(pollingOf(polling ?? {}))), progress.polling ?? {}),
    ...differences('labels', withoutNull(Object.entries(labels ?? {})), progress.labels),
  ];
}

type Entry = [name: string, value: unknown];

function withoutNull(asked: Entry[]): Entry[] {
  return asked.filter(([, value]) => value !== null);
}

/** For a limit, null is a value: no limit. For `onLimit`, null means that it was not given. */
function withoutNullOnLimit(asked: Entry[]): Entry[] {
  return asked.filter(([name, value]) => name !== 'onLimit' || value !== null);
}

function differences(at: string, asked: Entry[], current: object): OptionNotTaken[] {
  const holdsOf = (name: string): unknown => new Map(Object.entries(current)).get(name) ?? null;
  return asked
    .filter(([name, value]) => value !== undefined && value !== holdsOf(name))
    .map(([name, value]) => ({ field: `${at}.${name}`, asked: value as Json, holds: holdsOf(name) as Json }));
}
