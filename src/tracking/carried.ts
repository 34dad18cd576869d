import { isRecord } from '../contract/json.ts';
import type { Journal } from './state/journal.ts';
import type { LimitState } from './state/limits.ts';
import type { Polling } from './state/polling.ts';
import type { Status } from './state/status.ts';
import type { RunRules, Track } from './track.ts';

type Check = (value: unknown) => boolean;

/** The last time that `Date` can write. */
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

const isRequest: Check = (request) =>
  isRecord(request) &&
  isRecord(request['labels']) &&
  isNumber(request['trackedSinceMs']) &&
  (request['plan'] === null
    ? isRecord(request['job']) && isNumber(request['dueAtMs']) && orNull(isRecord)(request['deferred'])
    : isJob(request['job']) && isPlan(request['plan']));

type Shape<Part> = { readonly [field in keyof Part]-?: Check };

const record =
  <Part>(shape: Shape<Part>): Check =>
  (value) =>
    isRecord(value) && Object.entries<Check>(shape).every(([field, check]) => check(value[field]));

const SHAPE: Shape<Track> = {
  rules: record<RunRules>({
    shape: (shape) => shape === 2,
    unknownStalls: (stalls) => stalls === undefined || typeof stalls === 'boolean',
  }),
  request: isRequest,
  status: record<Status>({
    snapshot: orNull(isRecord),
    lastChangeAtMs: orNull(isNumber),
    stateSinceMs: isNumber,
    scheduledMs: isNumber,
    quietSinceMs: isNumber,
    moderatedSinceMs: orNull(isNumber),
    missing: orNull(isRecord),
    trouble: orNull(isRecord),
    unserved: isNumber,
  }),
  polling: record<Polling>({
    memory: (memory) => isRecord(memory) && isNumber(memory['polls']) && isRecord(memory['trend']),
    dueAtMs: isNumber,
    answeredAskMs: orNull(isNumber),
    urgentSinceMs: orNull(isNumber),
    interrupts: isNumber,
    refreshedAtMs: orNull(isNumber),
    minIntervalMs: orNull(isNumber),
  }),
  limits: record<LimitState>({
    allowed: isRecord,
    asked: orNull(isRecord),
    fired: isList,
    passed: orNull(isRecord),
    overdue: orNull(isRecord),
    stalledSinceMs: orNull(isNumber),
  }),
  cancel: (cancel) => isRecord(cancel) && (cancel['phase'] === 'none' || isAskedCancel(cancel)),
  end: (end) => isRecord(end) && end['is'] === 'open', // a run that has ended hands nothing on
  journal: record<Journal>({ version: isNumber, timeline: isList }),
};

const CALLED = ['requested', 'accepted'];

const PHASES = [...CALLED, 'refused', 'unsupported'];

function isAskedCancel(cancel: Record<string, unknown>): boolean {
  const { phase, requestedAtMs, knownIds, attempts, call } = cancel;
  const isCallKnown = !CALLED.includes(String(phase)) || (isRecord(call) && isText(call['is']));
  const isAcceptedKnown = phase !== 'accepted' || isNumber(cancel['acceptedAtMs']);
  const isAsked = isNumber(requestedAtMs) && isList(knownIds) && isNumber(attempts);
  return PHASES.includes(String(phase)) && isAsked && isCallKnown && isAcceptedKnown;
}

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
