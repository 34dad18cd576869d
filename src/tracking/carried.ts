import { isRecord } from '../contract/json.ts';
import { isRoute } from '../contract/task-queue.ts';
import type { Journal } from './state/journal.ts';
import type { LimitState } from './state/limits.ts';
import type { Polling } from './state/polling.ts';
import type { Status } from './state/status.ts';
import type { RunRules, Track } from './track.ts';

type Check = (value: unknown) => boolean;

/** The greatest time that `Date` can represent. */
const MAX_MS = 8.64e15;

const isNumber: Check = (value) => typeof value === 'number' && Math.abs(value) <= MAX_MS;

const isText: Check = (value) => typeof value === 'string';

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const isList: Check = Array.isArray;

/** The same rule as in the validation of an input. Names of task queues contain parts of a job, and invalid UTF-8 there would end the worker. */
const isPart: Check = (part) => typeof part === 'string' && /^[\x20-\x7e]{1,200}$/.test(part);

const isJob: Check = (job) =>
  isRecord(job) &&
  isPart(job['provider']) &&
  isPart(job['jobId']) &&
  Object.values(job).every((part) => part === undefined || isPart(part));

/** A poll needs this many events. With a lower value, each run would continue as a new one at once. */
const LEAST_EVENTS = 10;

const isPlan: Check = (plan) =>
  isRecord(plan) &&
  isJob(plan['job']) &&
  isRecord(plan['polling']) &&
  isInterval(plan['polling']['minIntervalMs']) &&
  isInterval(plan['polling']['maxIntervalMs']) &&
  isInterval(plan['polling']['intervalMs']) &&
  isNumber(plan['holdMs']) &&
  (plan['heartbeatMs'] === undefined || isInterval(plan['heartbeatMs'])) &&
  (plan['route'] === undefined || isRoute(plan['route'])) &&
  isNumber(plan['continueAfterEvents']) &&
  Number(plan['continueAfterEvents']) >= LEAST_EVENTS;

/** The validation of an input refuses shorter intervals. */
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
  end: (end) => isRecord(end) && end['is'] === 'open', // an ended run does not continue
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

/** How a run began, as the server says. A caller cannot forge it. */
export interface RunOrigin {
  /** The run that continued as this one; undefined: a caller started this run. */
  readonly continuedFromRunId: string | undefined;
  /** A retried or scheduled run has its caller's arguments, though it also names the run before it. */
  readonly isRepeated: boolean;
}

/** @returns the track of the run before this one; null: a caller started this run, or the value is not a track */
export function carriedTrack(sent: unknown, { continuedFromRunId, isRepeated }: RunOrigin): Track | null {
  if (continuedFromRunId === undefined || isRepeated || !isRecord(sent)) return null;
  const isTrack = Object.entries(SHAPE).every(([field, check]) => check(sent[field]));
  return isTrack ? (sent as unknown as Track) : null;
}
