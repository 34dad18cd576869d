import type { JobRef, Limits, PollingOptions, TrackJobInput } from '../contract/index.ts';
import { type Duration, durationMs } from '../contract/duration.ts';
import { inputProblems } from '../contract/input.ts';
import { normaliseJob } from '../contract/job-id.ts';
import { isRecord } from '../contract/json.ts';
import { limitsProblems } from '../contract/limits.ts';
import { type Problem, sentenceOf } from '../contract/problem.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { InvalidJobError } from './errors.ts';

/**
 * Limits, with each time in ms or as text.
 * @example { totalMs: '2h', onLimit: 'alert' }
 */
export type LimitOptions = { [name in Exclude<keyof Limits, 'onLimit'>]?: Duration | null } & Partial<
  Pick<Limits, 'onLimit'>
>;

/**
 * Polling options, with each time in ms or as text.
 * @example { mode: 'fixed', intervalMs: '5s' }
 */
export type PollingDurations = { [name in Exclude<keyof PollingOptions, 'mode'>]?: Duration } & Pick<
  PollingOptions,
  'mode'
>;

/**
 * @returns the duration in ms
 * @throws InvalidJobError that names the field, if the value is not a duration
 */
export function msOf(duration: Duration, field: string): number {
  const ms = durationMs(duration);
  if (ms !== null) return ms;
  const problem = 'must be a duration such as "90s" or "2h", or a number of ms';
  throw invalidJob([{ field, problem }]);
}

function invalidJob(problems: readonly Problem[]): InvalidJobError {
  return new InvalidJobError(sentenceOf(problems), problems);
}

/** @throws InvalidJobError that names each wrong field, unless `problems` is empty */
function refuseIfWrong(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalidJob(problems);
}

/** What a caller gives besides the job. */
interface GivenOptions {
  readonly polling?: PollingDurations | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly labels?: Record<string, string> | undefined;
}

/** @returns the input of the workflow @throws InvalidJobError that names each wrong field; the check is that of the workflow */
export function inputOf(job: JobRef, { polling, limits, labels }: GivenOptions, table: ProviderTable): TrackJobInput {
  const given = { job, polling: polling && pollingOf(polling), limits: limits && limitsOf(limits), labels };
  refuseIfWrong(inputProblems(given, table));
  return { ...given, job: normaliseJob(job, table) };
}

/** @returns the limits in ms, not checked yet @throws InvalidJobError for text that is not a duration */
export function limitsOf(limits: LimitOptions): Partial<Limits> {
  return inMs(limits, 'limits') as Partial<Limits>;
}

/**
 * Checks limits as the workflow does, before anything is sent.
 * @throws InvalidJobError that names each wrong field
 */
export function checkedLimitsOf(limits: LimitOptions): Partial<Limits> {
  const given = limitsOf(limits);
  refuseIfWrong(limitsProblems(given, 'limits'));
  return given;
}

/** @throws InvalidJobError that names each wrong field; the check is that of the workflow */
export function checkedJobOf(job: JobRef, table: ProviderTable = PROVIDERS): JobRef {
  refuseIfWrong(inputProblems({ job }, table));
  return job;
}

/** @returns the polling options in ms, not checked yet @throws InvalidJobError for text that is not a duration */
export function pollingOf(polling: PollingDurations): PollingOptions {
  return inMs(polling, 'polling') as PollingOptions;
}

/** Reads text in fields whose name ends in `Ms`. All other values stay as they are, wrong ones too: the check of the input names them. */
function inMs(options: unknown, at: string): unknown {
  if (!isRecord(options)) return options;
  const entries = Object.entries(options).map(([name, value]) => {
    const isTime = name.endsWith('Ms') && typeof value === 'string';
    return [name, isTime ? msOf(value, `${at}.${name}`) : value];
  });
  return Object.fromEntries(entries);
}
