import type { JobRef } from './job.ts';
import { workflowIdOf } from './job-id.ts';
import { isRecord } from './json.ts';
import { labelPairsOf } from './labels.ts';
import { limitsProblems } from './limits.ts';
import { NAME_PROBLEM, isName } from './name.ts';
import type { PollingOptions, PollingPolicy } from './polling-options.ts';
import { fieldOf, isWholeMs, type Problem, problemUnless } from './problem.ts';
import { type ProviderTable, type ProviderTraits, traitsOf } from './providers.ts';
import { SERVER_LIMITS } from './server-limits.ts';
import { isPlain } from './text.ts';

const PRINTABLE = /^[\x20-\x7e]*$/;
const LABEL_KEY = /^[A-Za-z0-9._/-]{1,60}$/;
const MAX_ID_BYTES = 200;
const MAX_LABELS = 20;
const MAX_LABEL = 200;

/** The shortest interval, ms. */
export const MIN_INTERVAL_MS = 1_000;

/** The longest interval, ms: 24 h. */
export const MAX_INTERVAL_MS = 24 * 3_600_000;

/** @returns all problems of an input, each with its field. A problem never has the value. Null counts as unset. */
export function inputProblems(input: unknown, table: ProviderTable): Problem[] {
  if (!isRecord(input)) return [{ field: 'input', problem: 'must be an object with a job' }];
  return [
    ...unknownKeys(input, ['job', 'polling', 'limits', 'labels'], ''),
    ...jobProblems(input['job'], table),
    ...pollingProblems(input['polling'], 'polling'),
    ...limitsProblems(input['limits'], 'limits'),
    ...labelsProblems(input['labels']),
  ];
}

function unknownKeys(record: Record<string, unknown>, known: readonly string[], at: string): Problem[] {
  const unknown = Object.keys(record).filter((key) => !known.includes(key) && record[key] !== undefined);
  return unknown.map((key) => ({ field: fieldOf(at, key), problem: 'is not known' }));
}

function jobProblems(job: unknown, table: ProviderTable): Problem[] {
  if (!isRecord(job)) return [{ field: 'job', problem: 'must be an object with provider and jobId' }];
  const { provider, jobId, account } = job;
  const traits = typeof provider === 'string' ? traitsOf(table, provider) : undefined;
  if (traits === undefined) {
    const names = table.map(({ name }) => name).join(', ');
    return [{ field: 'job.provider', problem: `must be one of ${names}` }, ...idProblems(jobId)];
  }
  const parameters = traits.parameters.map(({ name }) => name);
  const problems = [
    ...unknownKeys(job, ['provider', 'jobId', 'account', ...parameters], 'job'),
    ...idProblems(jobId, traits),
    ...problemUnless(!isSet(account) || isName(account), 'job.account', NAME_PROBLEM),
    ...parameters.flatMap((name) => parameterProblems(job[name], `job.${name}`)),
  ];
  return problems.length > 0 ? problems : workflowIdProblems(job as JobRef, table);
}

/** The parts are short enough, but some characters take three bytes in an id. */
function workflowIdProblems(job: JobRef, table: ProviderTable): Problem[] {
  const { length } = workflowIdOf(job, table);
  const { storedIdChars: max } = SERVER_LIMITS;
  return problemUnless(
    length <= max,
    'job',
    `makes a workflow id of ${length} characters, at most ${max} are possible`,
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function idProblems(jobId: unknown, traits?: ProviderTraits): Problem[] {
  const field = 'job.jobId';
  if (typeof jobId !== 'string') return [{ field, problem: 'must be text' }];
  const written = traits?.normaliseJobId(jobId) ?? jobId;
  if (written === '') return [{ field, problem: 'must not be empty' }];
  if (!PRINTABLE.test(written)) return [{ field, problem: 'must be printable ASCII' }];
  if (written.length > MAX_ID_BYTES) return [{ field, problem: `must be at most ${MAX_ID_BYTES} bytes` }];
  const problem = traits?.jobIdProblem(written) ?? null;
  return problem === null ? [] : [{ field, problem }];
}

function parameterProblems(value: unknown, field: string): Problem[] {
  const isText = typeof value === 'string' && value !== '' && value.length <= MAX_ID_BYTES && PRINTABLE.test(value);
  return problemUnless(!isSet(value) || isText, field, `must be 1 to ${MAX_ID_BYTES} printable ASCII characters`);
}

/** @returns all problems of polling options, each with its field under `at` */
export function pollingProblems(polling: unknown, at: string): Problem[] {
  if (!isSet(polling)) return [];
  if (!isRecord(polling)) return [{ field: at, problem: 'must be an object' }];
  const intervals = ['minIntervalMs', 'maxIntervalMs', 'intervalMs'];
  const { mode, minIntervalMs: min, maxIntervalMs: max } = polling;
  const isMode = !isSet(mode) || mode === 'adaptive' || mode === 'fixed';
  const isCrossed = typeof min === 'number' && typeof max === 'number' && min > max;
  return [
    ...unknownKeys(polling, ['mode', ...intervals], at),
    ...problemUnless(isMode, `${at}.mode`, 'must be adaptive or fixed'),
    ...intervals.flatMap((name) => intervalProblems(polling[name], `${at}.${name}`)),
    ...problemUnless(!isCrossed, `${at}.maxIntervalMs`, 'must not be below minIntervalMs'),
  ];
}

function intervalProblems(value: unknown, field: string): Problem[] {
  const fits = !isSet(value) || isWholeMs(value, MIN_INTERVAL_MS, MAX_INTERVAL_MS);
  return problemUnless(fits, field, `must be whole milliseconds from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS}`);
}

function labelsProblems(labels: unknown): Problem[] {
  if (!isSet(labels)) return [];
  if (!isRecord(labels)) return [{ field: 'labels', problem: 'must be an object of texts' }];
  const entries = Object.entries(labels);
  const problems = [
    ...problemUnless(entries.length <= MAX_LABELS, 'labels', `must be at most ${MAX_LABELS}`),
    ...entries.flatMap(([key, value]) => labelProblems(key, value)),
  ];
  return problems.length > 0 ? problems : labelBytesProblems(labels as Record<string, string | null>);
}

function labelProblems(key: string, value: unknown): Problem[] {
  // A wrong key may be a pasted secret, so the problem does not quote it.
  const isKey = LABEL_KEY.test(key);
  if (!isKey) return [{ field: 'labels', problem: 'has a key that is not 1 to 60 of A-Z a-z 0-9 . _ / -' }];
  if (!isSet(value)) return [];
  const field = `labels.${key}`;
  if (typeof value !== 'string' || value.length > MAX_LABEL || !isPlain(value)) {
    return [{ field, problem: `must be visible text of at most ${MAX_LABEL} characters` }];
  }
  const { listElementChars: max } = SERVER_LIMITS;
  return problemUnless(`${key}=${value}`.length <= max, field, `must be at most ${max} characters with its key`);
}

/** All labels together are one search attribute. The server counts bytes of UTF-8. */
function labelBytesProblems(labels: Record<string, string | null>): Problem[] {
  const { length } = new TextEncoder().encode(JSON.stringify(labelPairsOf(labelsOf(labels))));
  const { attributeBytes: max } = SERVER_LIMITS;
  return problemUnless(length <= max, 'labels', `take ${length} bytes together, at most ${max} are possible`);
}

/** @returns the labels that are not null */
export function labelsOf(labels: Record<string, string | null> | null | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/**
 * Adds the defaults to the caller's options. If a default contradicts an option, the default gives way: a minimum above the default
 * maximum raises the maximum, and a maximum below the default minimum lowers the minimum.
 */
export function withPolling(defaults: PollingPolicy, given: PollingOptions | null | undefined): PollingPolicy {
  const options = Object.entries(given ?? {}).filter(([, value]) => isSet(value));
  const policy: PollingPolicy = { ...defaults, ...Object.fromEntries(options) };
  const { minIntervalMs: min, maxIntervalMs: max } = policy;
  return isSet(given?.maxIntervalMs)
    ? { ...policy, minIntervalMs: Math.min(min, max) }
    : { ...policy, maxIntervalMs: Math.max(min, max) };
}
