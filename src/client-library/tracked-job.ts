import {
  type Client,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import {
  type CancelOptions,
  type CancelState,
  type JobOutcome,
  type JobProgress,
  type Limits,
  MAX_CANCEL_WAIT_MS,
  type TimelineEntry,
  wire,
} from '../contract/index.ts';
import { cancelAskOf } from '../contract/cancel.ts';
import type { Duration } from '../contract/duration.ts';
import { isRefused } from '../contract/progress.ts';
import { InvalidJobError, NotTrackedError, translated, UnreachableError } from './errors.ts';
import { describeExecution, type Execution } from './execution.ts';
import type { Observer } from './waiting/observer.ts';
import { checkedLimitsOf, type LimitOptions, msOf } from './options.ts';
import { outcomeOfFailure } from './outcome.ts';
import type { PatienceOptions } from './patience.ts';
import { pendingPollOf, withPending } from './pending.ts';
import type { Looked, Looks } from './watching/looks.ts';
import { watchJob, type WatchOptions } from './watch.ts';

/** One job that is or was tracked. Every call may throw NotTrackedError and UnreachableError. */
export interface TrackedJob {
  readonly workflowId: string;
  /** Returns the progress, with counts and times of the poll that is under way. Needs a worker. */
  progress(): Promise<JobProgress>;
  /** Returns the last 50 changes of state, health and cancel phase. Needs a worker. */
  timeline(): Promise<TimelineEntry[]>;
  /**
   * Waits for the end of tracking, without a limit of its own. Needs no worker. It waits through an outage of Temporal, by default for
   * 5 min.
   * @returns the outcome, also that of a failed job
   * @throws InvalidJobError, TrackingTerminatedError; the signal's reason
   * @example
   * const outcome = await job.result({ signal: AbortSignal.timeout(60_000) });
   * if (outcome.status === 'completed') console.log(outcome.link);
   */
  result(options?: PatienceOptions): Promise<JobOutcome>;
  /**
   * Cancels the job, and waits for the service's answer. If no worker runs, Temporal stores the request.
   * @param options `waitForMs`: how long to wait. Default: 10 s; at most 60 s
   * @returns the state of the cancel; its final state if tracking has ended
   * @throws InvalidJobError if the input of the job was refused, so that nothing is tracked
   * @example console.log((await job.cancel({ reason: 'not needed', waitForMs: '30s' })).phase);
   */
  cancel(options?: CancelOptions & { waitForMs?: Duration }): Promise<CancelState>;
  /** Asks for a poll now. Returns as soon as Temporal has stored the request; needs no worker. */
  refresh(): Promise<void>;
  /**
   * Changes the given limits; the others stay. Needs a worker.
   * @returns all limits
   * @throws InvalidJobError for limits out of range; no limit changes then
   * @example await job.setLimits({ totalMs: '4h', queuedMs: null });
   */
  setLimits(limits: LimitOptions): Promise<Limits>;
  /**
   * Yields the progress at each change and each poll. The last one has the outcome.
   * @throws InvalidJobError, TrackingTerminatedError
   * @example for await (const { state, progress } of job.watch()) console.log(state, progress);
   */
  watch(options?: WatchOptions): AsyncIterable<JobProgress>;
}

/** Callers get an error within ten seconds. The rest is for the start of a command. */
const DEADLINE_MS = 8_000;
const CANCEL_WAIT_MS = 10_000;
const UPDATE_MARGIN_MS = 5_000;

/** What all handles of a tracker use. */
interface Shared {
  readonly client: Client;
  readonly taskQueue: string;
  readonly observer: Observer;
  readonly looks: Looks;
}

/** Creates a handle, without a call to Temporal. */
export function createTrackedJob({ client, taskQueue, observer, looks }: Shared, workflowId: string): TrackedJob {
  // No run id: a handle of one run could not cancel the job after continue-as-new.
  const handle = client.workflow.getHandle(workflowId);
  const failed = (error: unknown, needsWorker: boolean): never => {
    throw translated(error, { workflowId, taskQueue, needsWorker });
  };
  const ask: Calls['ask'] = (needsWorker, call, deadlineMs = DEADLINE_MS) =>
    client.withDeadline(Date.now() + deadlineMs, call).catch((error: unknown) => failed(error, needsWorker));
  const describe = (runId?: string) => ask(false, () => describeExecution(client, workflowId, runId));
  const look = async (): Promise<Looked> => {
    const [reported, description] = await Promise.all([
      ask(true, () => handle.query<JobProgress>(wire.queries.progress)),
      describe(),
    ]);
    const progress = withPending(reported, await pendingPollOf(client, description));
    return { progress, status: description.status };
  };
  const progress = async (): Promise<JobProgress> => (await look()).progress;
  const outcome = (runId?: string): Promise<JobOutcome> =>
    client.workflow
      .getHandle(workflowId, runId)
      .result()
      .catch((error: unknown) =>
        error instanceof WorkflowFailedError ? outcomeOfFailure(workflowId, error, describe) : failed(error, false),
      );
  return {
    workflowId,
    progress,
    timeline: () => ask(true, () => handle.query<TimelineEntry[]>(wire.queries.timeline)),
    result: (options = {}) => observer.result({ workflowId, describe, outcome }, options),
    cancel: (options = {}) => cancel({ handle, ask, progress, describe }, options),
    refresh: () => ask(false, () => handle.signal(wire.signals.refresh)),
    setLimits: async (limits) => setLimits({ handle, ask, describe }, checkedLimitsOf(limits)),
    watch: (options) => watchJob({ workflowId, looks, look, result: () => outcome() }, options),
  };
}

/** An update that the server has lost is sent a second time, with the same id. */
async function setLimits(
  { handle, ask, describe }: Pick<Calls, 'handle' | 'ask' | 'describe'>,
  limits: Partial<Limits>,
): Promise<Limits> {
  const update = { args: [limits] as [Partial<Limits>], updateId: randomUUID() };
  const send = (): Promise<Limits> =>
    ask(true, () =>
      handle.executeUpdate<Limits, [Partial<Limits>]>(wire.updates.setLimits, update).catch(refusedLimits),
    ).catch(mayStillChange);
  try {
    return await send();
  } catch (error) {
    if (await isLost(error, describe)) return send();
    throw error;
  }
}

/** The server keeps an update in memory only. If it has lost one, its error is that of a job that is not open. */
async function isLost(error: unknown, describe: Calls['describe']): Promise<boolean> {
  return error instanceof NotTrackedError && (await describe()).closedAt === null;
}

function refusedLimits(error: unknown): never {
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  throw new InvalidJobError(error.cause?.message ?? error.message);
}

/** Adds a warning: the server keeps an update for a while, and gives it to the first worker, even if the caller has stopped waiting. */
function mayStillChange(error: unknown): never {
  if (!(error instanceof UnreachableError) || error.what !== 'worker') throw error;
  const message = `${error.message}; the limits may still change when one runs`;
  throw new UnreachableError('worker', message, { hint: error.hint, cause: error });
}

interface Calls {
  handle: WorkflowHandle;
  ask: <T>(needsWorker: boolean, call: () => Promise<T>, deadlineMs?: number) => Promise<T>;
  progress: () => Promise<JobProgress>;
  describe: () => Promise<Execution>;
}

async function cancel(calls: Calls, options: CancelOptions & { waitForMs?: Duration }): Promise<CancelState> {
  const { handle, ask } = calls;
  const waitForMs = Math.min(msOf(options.waitForMs ?? CANCEL_WAIT_MS, 'waitForMs'), MAX_CANCEL_WAIT_MS);
  // The update and the signal after it have the same id. So the workflow sees one request.
  const { reason, by, id } = cancelAskOf('update', options); // shortens the texts as the workflow does: the server refuses megabytes
  const request = { reason: reason ?? undefined, by: by ?? undefined, id: id ?? randomUUID(), waitForMs };
  /** The server stores a signal, and delivers it to the next worker. */
  const store = async (why: string): Promise<CancelState> => {
    await ask(false, () => handle.signal(wire.signals.cancel, request));
    return { phase: 'requested', requestedAt: new Date().toISOString(), reason, by, attempts: 0, error: why };
  };
  try {
    const update = () =>
      handle.executeUpdate<CancelState, [typeof request]>(wire.updates.requestCancel, { args: [request] });
    return await ask(true, () => update().catch(noUpdate), waitForMs + UPDATE_MARGIN_MS);
  } catch (error) {
    if (await isLost(error, calls.describe)) return store('the answer was lost; the request is stored');
    if (error instanceof NotTrackedError) return finalCancelState(calls);
    if (!(error instanceof UnreachableError) || error.what !== 'worker') throw error;
    return store('no worker answers; the request is stored, and is carried out as soon as one runs');
  }
}

function noUpdate(error: unknown): never {
  if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
  const options = { hint: 'the request is stored', cause: error };
  throw new UnreachableError('worker', 'no worker took the cancel in time', options);
}

/** The update found no open workflow. Either there never was one, or it has closed and still answers queries. */
async function finalCancelState({ progress }: Calls): Promise<CancelState> {
  const last = await progress();
  if (isRefused(last)) throw new InvalidJobError(last.message ?? 'the input was refused');
  return last.cancel;
}
