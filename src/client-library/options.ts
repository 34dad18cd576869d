import type { JobRef, Limits, PollingOptions } from '../contract/index.ts';
import type { Duration } from '../contract/duration.ts';
import { durationMs } from '../contract/duration.ts';
import { inputProblems } from '../contract/input.ts';
import { isRecord } from '../contract/json.ts';
import { limitsProblems } from '../contract/limits.ts';
import type { Problem } from '../contract/problem.ts';
import { sentenceOf } from '../contract/problem.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { PROVIDERS } from '../providers/registry/traits.ts';
import { InvalidJobError } from './errors.ts';

/** As Limits, but each time may also be written like `"2h"`. */
export type LimitOptions = { [name in Exclude<keyof Limits, 'onLimit'>]?: Duration | null } & Partial<
  Pick<Limits, 'onLimit'>
>;

/** As PollingOptions, but each time may also be written like `"5s"`. */
export type PollingDurations = { [name in Exclude<keyof PollingOptions, 'mode'>]?: Duration } & Pick<
  PollingOptions,
  'mode'
>;

/** @throws InvalidJobError naming the field, for what is no duration */
export function msOf(duration: Duration, field: string): number {
  const ms = durationMs(duration);
  if (ms !== null) return ms;
  const problem = 'must be a duration such as "90s" or "2h", or a number of ms';
  throw invalidJob([{ field, problem }]);
}

function invalidJob(problems: readonly Problem[]): InvalidJobError {
  return new InvalidJobError(sentenceOf(problems), problems);
}

/** @throws InvalidJobError naming each wrong field, if there is one */
export function refuseIfWrong(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalidJob(problems);
}

export function limitsOf(limits: LimitOptions): Partial<Limits> {
  return inMs(limits, 'limits') as Partial<Limits>;
}

/** @throws InvalidJobError naming each wrong field, as the workflow would: nothing of any size is sent to be refused there */
export function checkedLimitsOf(limits: LimitOptions): Partial<Limits> {
  const given = limitsOf(limits);
  refuseIfWrong(limitsProblems(given, 'limits'));
  return given;
}

/** @throws InvalidJobError naming each wrong field, as the workflow would */
export function checkedJobOf(job: JobRef, table: ProviderTable = PROVIDERS): JobRef {
  refuseIfWrong(inputProblems({ job }, table));
  return job;
}

export function pollingOf(polling: PollingDurations): PollingOptions {
  return inMs(polling, 'polling') as PollingOptions;
}

/** Only what ends in `Ms` is a time; all else, also what is wrong, is left for the check of the input. */
function inMs(options: unknown, at: string): unknown {
  if (!isRecord(options)) return options;
  const entries = Object.entries(options).map(([name, value]) => {
    const isTime = name.endsWith('Ms') && typeof value === 'string';
    return [name, isTime ? msOf(value, `${at}.${name}`) : value];
  });
  return Object.fromEntries(entries);
}
