import { isRecord } from '../contract/json.ts';
import type { Track } from './track.ts';

type Check = (value: unknown) => boolean;

/** The last moment of a calendar; a later one cannot be written. */
const MAX_MS = 8.64e15;

const isNumber: Check = (value) => typeof value === 'number' && Math.abs(value) <= MAX_MS;

const isText: Check = (value) => typeof value === 'string';

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const isList: Check = Array.isArray;

/** What the validation of an input lets through. Parts of a job name task queues, where a text that is no UTF-8 would end the worker. */
const isPart: Check = (part) => typeof part === 'string' && /^[\x20-\x7e]{1,200}$/.test(part);

const isJob: Check = (job) =>
  isRecord(job) &&
  isPart(job['provider']) &&
  isPart(job['jobId']) &&
  Object.values(job).every((part) => part === undefined || isPart(part));

/** Fewer events than a poll takes would be a loop of runs. */
const LEAST_EVENTS = 10;

const isPlan: Check = (plan) =>
  isRecord(plan) &&
  isJob(plan['job']) &&
  isRecord(plan['polling']) &&
  isInterval(plan['polling']['minIntervalMs']) &&
  isInterval(plan['polling']['maxIntervalMs']) &&
  isInterval(plan['polling']['intervalMs']) &&
  isNumber(plan['holdMs']) &&
  isNumber(plan['continueAfterEvents']) &&
  Number(plan['continueAfterEvents']) >= LEAST_EVENTS;

/** The validation of the input has let no shorter one through. */
const isInterval: Check = (ms) => isNumber(ms) && Number(ms) >= 1_000;

const SHAPE: { readonly [field in keyof Track]-?: Check } = {
  rules: (rules) => rules === 1,
  plan: orNull(isPlan),
  job: isJob,
  labels: isRecord,
  limits: isRecord,
  limitsAsked: isRecord,
  trackedSinceMs: isNumber,
  memory: (memory) => isRecord(memory) && isNumber(memory['polls']) && isRecord(memory['pace']),
  snapshot: orNull(isRecord),
  lastChangeAtMs: orNull(isNumber),
  stateSinceMs: isNumber,
  scheduledMs: isNumber,
  quietSinceMs: isNumber,
  pollDueAtMs: isNumber,
  answeredAskMs: orNull(isNumber),
  trouble: orNull(isRecord),
  unserved: isNumber,
  missing: orNull(isRecord),
  moderatedSinceMs: orNull(isNumber),
  fired: isList,
  passed: orNull(isRecord),
  overdue: orNull(isRecord),
  stalledSinceMs: orNull(isNumber),
  unknownStalls: (stalls) => stalls === undefined || typeof stalls === 'boolean',
  refreshedAtMs: orNull(isNumber),
  cancel: (cancel) => isRecord(cancel) && isText(cancel['phase']) && isList(cancel['knownIds']),
  outcome: orNull(isRecord),
  refusal: orNull(isRecord),
  urgency: isNumber,
  urgentSinceMs: orNull(isNumber),
  version: isNumber,
  timeline: isList,
};

/** How a run began, as the server says; a caller cannot forge it. */
export interface RunOrigin {
  /** The run that went on as this one; absent: somebody started it. */
  readonly continuedFromRunId: string | undefined;
  /** A retried or a scheduled run is begun with its caller's arguments, and names the run before it all the same. */
  readonly isRepeated: boolean;
}

/** @returns the track that the run before this one handed on; null: a caller started this run, whatever it sent along, or it is no track */
export function carriedTrack(sent: unknown, { continuedFromRunId, isRepeated }: RunOrigin): Track | null {
  if (continuedFromRunId === undefined || isRepeated || !isRecord(sent)) return null;
  const isTrack = Object.entries(SHAPE).every(([field, check]) => check(sent[field]));
  return isTrack ? (sent as unknown as Track) : null;
}
