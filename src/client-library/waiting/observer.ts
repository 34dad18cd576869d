import { AsyncResource } from 'node:async_hooks';
import type { JobOutcome } from '../../contract/index.ts';
import { isOutage } from '../errors.ts';
import { createOutage, type PatienceOptions } from '../patience.ts';
import { answered, ask, type AwaitedJob, type Caller, report, troubled } from './caller.ts';
import { nextSince } from './closed-runs.ts';
import { type Order, type OrderForOne, take } from './next-requests.ts';
import { onAbort } from './on-abort.ts';
import type { Requests } from './requests.ts';
import {
  checked,
  createWaits,
  described,
  enter,
  hasObserved,
  leave,
  listed,
  needsList,
  requestEnded,
  runToDescribe,
  type Wait,
  type Waits,
  yielded,
} from './waits.ts';

/** Waits for the ends of many jobs, with few long polls. What it does next is decided in next-requests.ts. */
export interface Observer {
  /** @throws the errors of the job's calls, except outages shorter than `patienceMs`; the signal's reason */
  result: (job: AwaitedJob, options: PatienceOptions) => Promise<JobOutcome>;
}

interface State {
  readonly requests: Requests;
  readonly waits: Waits;
  readonly callers: Map<Wait, Caller>;
  /** The timer and the list belong to no caller. So they must not run in the context of one. */
  readonly context: AsyncResource;
  timer: NodeJS.Timeout | null;
  /** The list that is under way, when the next one is due, where it begins, and whether none has been answered yet. */
  list: { request: AbortController | null; dueMs: number; since: string | null; isFirst: boolean };
  /** The check that is under way. */
  check: AbortController | null;
  /** Callers who know of an outage by a request of another caller. */
  readonly troubled: Set<Caller>;
  /** When the next failed request may be reported to them. */
  troubleDueMs: number;
}

const TICK_MS = 250;
const LIST_EVERY_MS = 1_000;
const LIST_AGAIN_MS = 10_000;
const TROUBLE_EVERY_MS = 1_000;
const NO_LIST = { request: null, dueMs: 0, since: null, isFirst: true } as const;

/** Creates the observer of one tracker. It makes no request and has no timer while no caller waits. */
export function createObserver(requests: Requests): Observer {
  const state: State = {
    requests,
    waits: createWaits(),
    callers: new Map(),
    context: new AsyncResource('JobObserver'),
    timer: null,
    list: NO_LIST,
    check: null,
    troubled: new Set(),
    troubleDueMs: 0,
  };
  return {
    result: async (job, options) => {
      options.signal?.throwIfAborted();
      return waitFor(state, job, options);
    },
  };
}

function waitFor(state: State, job: AwaitedJob, options: PatienceOptions): Promise<JobOutcome> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const wait = enter(state.waits, job.workflowId);
    const end = (settle: () => void): void => {
      if (!state.callers.delete(wait)) return;
      leave(state.waits, wait, performance.now());
      stopListening?.();
      caller.request?.abort();
      settle();
      step(state);
    };
    const caller: Caller = {
      job,
      wait,
      outage: createOutage(options),
      context: new AsyncResource('JobWait'),
      request: null,
      resolve: (outcome) => end(() => resolve(outcome)),
      reject: (error) => end(() => reject(error)),
    };
    const stopListening = signal && onAbort(signal, () => caller.reject(signal.reason));
    state.callers.set(wait, caller);
    step(state);
  });
}

/** Does what is to be done now. Called after each change. */
function step(state: State): void {
  state.context.runInAsyncScope(() => {
    for (const order of take(state.waits, performance.now())) void carryOut(state, order);
    if (!hasObserved(state.waits)) stopTimer(state);
    else if (state.timer === null) {
      state.timer = setInterval(() => tick(state), TICK_MS);
      tick(state);
    }
  });
}

function stopTimer(state: State): void {
  clearInterval(state.timer ?? undefined);
  state.timer = null;
  state.list.request?.abort();
  state.list = NO_LIST;
  state.check?.abort();
}

function tick(state: State): void {
  const isNeeded = needsList(state.waits);
  // A list from a time long ago would be long.
  if (!isNeeded && state.list.request === null) state.list = NO_LIST;
  if (isNeeded && state.list.request === null && performance.now() >= state.list.dueMs) void lookForEnds(state);
  step(state);
}

async function lookForEnds(state: State): Promise<void> {
  const request = new AbortController();
  const { since, isFirst } = state.list;
  const startMs = performance.now();
  state.list = { request, dueMs: 0, since, isFirst };
  // Without a list, the describes find each end.
  const runs = await state.requests.list(since, request.signal).catch(() => null);
  if (state.list.request !== request) return;
  state.waits.isListing = runs !== null;
  const dueMs = startMs + (runs === null ? LIST_AGAIN_MS : LIST_EVERY_MS);
  state.list = { request: null, dueMs, since: nextSince(since, runs ?? []), isFirst: isFirst && runs === null };
  // The first list only shows the server's time: what closed long ago is of no use. The next one begins 10 s before its newest end.
  if (!isFirst) listed(state.waits, runs ?? []);
  step(state);
}

async function carryOut(state: State, order: Order): Promise<void> {
  if (order.do === 'check') await check(state, order.waits);
  else await carryOutFor(state, order);
}

/** Finds the open ones of some waits. */
async function check(state: State, some: readonly Wait[]): Promise<void> {
  const request = new AbortController();
  state.check = request;
  const ids = some.map(({ workflowId }) => workflowId);
  // Without a list, the describes find each of them.
  const open = await state.requests.open(ids, request.signal).catch(() => null);
  if (request.signal.aborted) return;
  checked(state.waits, some, { open, nowMs: performance.now() });
  step(state);
}

async function carryOutFor(state: State, order: OrderForOne): Promise<void> {
  const caller = state.callers.get(order.wait);
  if (caller === undefined) return;
  switch (order.do) {
    case 'yield':
      caller.request?.abort();
      return;
    case 'describe':
      await describe(state, caller);
      break;
    case 'poll':
    case 'fetch':
      await awaitOutcome(state, caller);
      break;
    default:
      order.do satisfies never;
  }
  requestEnded(state.waits, order.wait);
  step(state);
}

async function awaitOutcome(state: State, caller: Caller): Promise<void> {
  const { job, wait } = caller;
  try {
    const outcome = await ask(state.requests, caller, () => job.outcome(wait.run?.runId));
    allAnswered(state, caller);
    caller.resolve(outcome);
  } catch (error) {
    // The error is that of our own abort, or else the next request finds it again.
    if (wait.phase === 'yielding') yielded(state.waits, wait);
    else troubled(state.waits, caller, error);
  }
}

async function describe(state: State, caller: Caller): Promise<void> {
  const { job, wait } = caller;
  try {
    const seen = await ask(state.requests, caller, () => job.describe(runToDescribe(wait)));
    const { runId, firstRunId, status, closedAt } = seen;
    const isContinued = status === 'CONTINUED_AS_NEW';
    const end = closedAt === null ? 'open' : isContinued ? 'continued' : 'closed';
    described(state.waits, wait, { runId, firstRunId, end });
    allAnswered(state, caller);
  } catch (error) {
    troubled(state.waits, caller, error);
    spread(state, error);
  }
}

function allAnswered({ troubled: others }: State, caller: Caller): void {
  answered(caller);
  for (const other of others) answered(other);
  others.clear();
}

/**
 * Reports an outage to all who have no request of their own that would show it. Another error, such as a refused credential, comes to
 * each of them: it ends the long polls, and their places go to the next waits.
 */
function spread(state: State, error: unknown): void {
  const nowMs = performance.now();
  if (isOutage(error) && nowMs >= state.troubleDueMs) {
    state.troubleDueMs = nowMs + TROUBLE_EVERY_MS;
    const { new: entered, checking, absent, observed, suspected, ended, past } = state.waits.in;
    for (const wait of [...entered, ...checking, ...absent, ...observed, ...suspected, ...ended, ...past]) {
      const caller = state.callers.get(wait);
      if (caller === undefined) continue;
      state.troubled.add(caller);
      report(caller, error);
    }
  }
}
