import { activityInfo, ApplicationFailure, CancelledFailure, CompleteAsyncError, Context } from '@temporalio/activity';
import { DEFAULT_ACCOUNT } from '../contract/index.ts';
import type { PollAnswer, PollMemory, PollRequest } from '../polling/memory.ts';
import { isRecord } from '../contract/json.ts';
import { placeOf } from '../polling/place.ts';
import { failRemembering } from './fail-remembering.ts';
import { firstPollOf } from './first-poll.ts';
import type { Turn } from './holds.ts';
import type { ActivityContext, JobActivities, JobService } from './job-activities.ts';
import { look } from './look.ts';
import { told } from './told.ts';

const HEARTBEAT_MS = 10_000;
/**
 * A turn on one worker ends when the next poll would begin later than this share of start-to-close: holds must not pile up on one worker
 * for ever, and a request needs time behind the last hold. Not the same for all jobs: those that a worker took over together would give
 * themselves back together, each time.
 */
const TURN_SHARE = { least: 0.35, most: 0.65 };
/** After a mistake of our own or an account that has gone: something to look at, not to hammer. */
const ODD_RETRY_MS = 10_000;

export function createCheckJobStatus(context: ActivityContext): JobActivities['checkJobStatus'] {
  return async (request) => {
    const { workflowExecution } = activityInfo();
    const turn = context.holds.begin(workflowExecution?.workflowId ?? '', Context.current().cancellationSignal);
    const beats = startHeartbeats();
    try {
      return await takeTurn(context, request, turn, beats);
    } catch (error) {
      if (!isGivenBack(error)) throw error;
      if (await failRemembering(error, beats.memory())) throw new CompleteAsyncError();
      beats.send();
      throw error;
    } finally {
      beats.stop();
      turn.end();
    }
  };
}

interface Heartbeats {
  /** Puts the memory into the details of the heartbeats to come, from which the next attempt resumes. */
  remember: (memory: PollMemory) => void;
  memory: () => unknown;
  /** Sends the first one, so that all may see at once that it holds; after that there is no hurry, and each heartbeat costs. */
  begin: () => void;
  /** Sends one now: before the attempt ends, after which nobody would. */
  send: () => void;
  stop: () => void;
}

function startHeartbeats(): Heartbeats {
  const current = Context.current();
  let details: unknown = activityInfo().heartbeatDetails;
  let hasBegun = false;
  const timer = setInterval(() => current.heartbeat(details), HEARTBEAT_MS);
  return {
    remember: (memory) => void (details = memory),
    memory: () => details,
    begin: () => {
      if (!hasBegun) current.heartbeat(details);
      hasBegun = true;
    },
    send: () => current.heartbeat(details),
    stop: () => clearInterval(timer),
  };
}

async function takeTurn(
  context: ActivityContext,
  request: PollRequest,
  turn: Turn,
  beats: Heartbeats,
): Promise<PollAnswer> {
  const { now } = context;
  const service = serviceFor(context, request);
  const turnEndsAtMs = now() + turnMs();
  const resumed = resumedMemory(activityInfo().heartbeatDetails);
  let memory = resumed ?? request.memory;
  let said = 'the first poll';
  const { holdMs } = context.options;
  let { waitMs, dueAtMs } = firstPollOf(request, resumed, { info: activityInfo(), nowMs: now(), holdMs });
  for (;;) {
    if (waitMs > 0) await hold(turn, waitMs, said, now);
    const looked = await look(context, { service, request, memory, signal: turn.signal, dueAtMs });
    // An answer is not in the heartbeat: if it dies with this worker, the next attempt must not take it for told (I11).
    if (looked.answer !== null) return looked.answer;
    memory = looked.memory;
    beats.remember(memory);
    waitMs = looked.intervalMs;
    dueAtMs = memory.nextPollAtMs;
    said = looked.said;
    const holds = waitMs <= service.gate.holdMs && now() + waitMs <= turnEndsAtMs && turn.mayHold();
    if (!holds) throw givenBack(said, waitMs);
    beats.begin();
  }
}

function turnMs(): number {
  const { startToCloseTimeoutMs, workflowExecution } = activityInfo();
  const { least, most } = TURN_SHARE;
  return startToCloseTimeoutMs * (least + (most - least) * placeOf(workflowExecution?.workflowId ?? ''));
}

function serviceFor({ serviceOf }: ActivityContext, { job }: PollRequest): JobService {
  const account = job.account ?? DEFAULT_ACCOUNT;
  const service = serviceOf(job.provider, account);
  if (service !== undefined) return service;
  throw told({
    type: 'NoAccount',
    message: `this worker polls the queue of ${job.provider} account ${account}, but has no such account`,
    nextRetryDelay: ODD_RETRY_MS,
  });
}

/** @returns the memory that an earlier attempt left; null: none, or lost with its worker */
function resumedMemory(details: unknown): PollMemory | null {
  return isRecord(details) && typeof details['polls'] === 'number' ? (details as unknown as PollMemory) : null;
}

async function hold(turn: Turn, waitMs: number, said: string, now: () => number): Promise<void> {
  const sinceMs = now();
  const end = await turn.wait(waitMs);
  switch (end) {
    case 'due':
      return;
    case 'released':
      throw givenBack(said, Math.max(1, waitMs - (now() - sinceMs)));
    case 'overtaken':
      throw overtaken();
    case 'cancelled':
      throw new CancelledFailure('the workflow polls anew');
    default:
      return end satisfies never;
  }
}

/** Nobody waits for this attempt any more; BENIGN, so that no log takes it for an error. */
function overtaken(): ApplicationFailure {
  return told({ type: 'Overtaken', message: 'a newer call polls this job', category: 'BENIGN' });
}

function isGivenBack(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === UNCHANGED;
}

const UNCHANGED = 'Unchanged';

/** The interval is given back to the server: no slot, no history. BENIGN, for this is how polling works, and no error. */
function givenBack(said: string, intervalMs: number): ApplicationFailure {
  const message = `${said}; next poll in ${Math.max(1, Math.round(intervalMs / 1000))} s`;
  return told({ type: UNCHANGED, message, nextRetryDelay: intervalMs, category: 'BENIGN' });
}
