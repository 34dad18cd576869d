import type { JobProgress } from '../contract/index.ts';
import type { Json } from '../contract/json.ts';
import type { TrackOptions } from './job-tracker.ts';
import { limitsOf, pollingOf } from './options.ts';

/** An option of `track` that has no effect, because the job is tracked already with another value. */
export interface OptionNotTaken {
  /** Such as `limits.totalMs` or `labels.team`. */
  field: string;
  /** The value that `track` was given. */
  asked: Json;
  /** The value that the job has. Null: no limit, no such label, or an older worker that does not report polling options. */
  holds: Json;
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
export function optionsNotTaken(
  progress: JobProgress,
  { polling, limits, labels }: Omit<TrackOptions, 'again'>,
): OptionNotTaken[] | null {
  if (progress.polling === null) return null;
  return [
    ...differences('limits', limitsOf(limits ?? {}), progress.limits),
    ...differences('polling', pollingOf(polling ?? {}), progress.polling ?? {}),
    ...differences('labels', labels ?? {}, progress.labels),
  ];
}

function differences(at: 'limits' | 'polling' | 'labels', asked: object, current: object): OptionNotTaken[] {
  const held = new Map<string, unknown>(Object.entries(current));
  return Object.entries(asked).flatMap(([name, value]: [string, unknown]) => {
    // For a limit, null is a value: no limit. For other options, null means that it was not given.
    const isGiven = value !== undefined && (value !== null || (at === 'limits' && name !== 'onLimit'));
    const holds = held.get(name) ?? null;
    return isGiven && value !== holds ? [{ field: `${at}.${name}`, asked: value as Json, holds: holds as Json }] : [];
  });
}
