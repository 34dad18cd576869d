import { activityInfo, ApplicationFailure, CancelledFailure, CompleteAsyncError, Context } from '@temporalio/activity';
import { DEFAULT_HEARTBEAT_MS } from '../../contract/heartbeat.ts';
import { beatEveryMs, heartbeatMsFor, isWrongTimeout } from '../../polling/heartbeat.ts';
import type { NoPollAnswer, PollAnswer, PollMemory, PollRequest } from '../../polling/memory.ts';
import { accountKeyOf } from '../../contract/job-id.ts';
import { isRecord } from '../../contract/json.ts';
import { phaseOffsetOf } from '../../polling/phase-offset.ts';
import { accountHere } from './account-here.ts';
import { failWithDetails } from './fail-with-details.ts';
import { firstPollOf } from './first-poll.ts';
import { forMs, type Turn, type WaitStart } from './holds.ts';
import { type ActivityContext, type JobActivities, withoutStack, workflowIdHere } from '../job-activities.ts';
import { pollOnce } from './poll-once.ts';

/**
 * An attempt ends if the next poll would begin later than this part of start-to-close. So holds do not stay at one worker for ever, and
 * the last request has time. The part differs from job to job: jobs that a worker took over together must not all return together.
 */
const TURN_SHARE = { least: 0.35, most: 0.65 };

export function createCheckJobStatus(context: ActivityContext): JobActivities['checkJobStatus'] {
  return async (request) => {
    const turn = context.holds.begin(workflowIdHere(), Context.current().cancellationSignal);
    const beats = startHeartbeats();
    try {
      return await takeTurn(context, { request, turn, beats });
    } catch (error) {
      if (!isGivenBack(error)) throw error;
      if (await failWithDetails(error, beats.memory())) throw new CompleteAsyncError();
      beats.send();
      throw error;
    } finally {
      beats.stop();
      turn.end();
    }
  };
}

interface Attempt {
  readonly request: PollRequest;
  readonly turn: Turn;
  readonly beats: ReturnType<typeof startHeartbeats>;
}

async function takeTurn(
  context: ActivityContext,
  { request, turn, beats }: Attempt,
): Promise<PollAnswer | NoPollAnswer> {
  const { now } = context;
  const turnEndsAtMs = now() + turnMs();
  const resumed = resumedMemory(activityInfo().heartbeatDetails);
  let memory = resumed ?? request.memory;
  const here = await accountHere(context, request, memory);
  if ('type' in here) return here;
  const { service, route } = here;
  let summary = 'the first poll';
  const { holdMs } = context.options;
  let { waitMs, dueAtMs } = firstPollOf(request, resumed, { info: activityInfo(), nowMs: now(), holdMs });
  let urgent = request.urgent === true;
  for (;;) {
    if (waitMs > 0) await wait(turn, forMs(waitMs), { summary, untilMs: now() + waitMs, now });
    const queued = context.polls.queue({ account: accountKeyOf(request.job), dueAtMs: dueAtMs ?? now(), urgent });
    await wait(turn, queued.wait, { summary, untilMs: now(), now });
    // The next activity gets the new timeout, and only a report leads to a next activity.
    const mustReport = now() + waitMs > turnEndsAtMs && isWrongTimeout(heartbeatTimeoutMs(), context.holds.waiting());
    const asked: PollRequest = mustReport ? { ...request, report: 'answer' } : request;
    const facts = { service, request: asked, memory, signal: turn.signal, dueAtMs };
    const polled = await pollOnce(context, facts).finally(queued.end);
    // The report is not in the heartbeat: if this worker dies now, the next attempt must report it again (I11).
    if (polled.answer !== null)
      return { ...polled.answer, route, heartbeatMs: heartbeatMsFor(context.holds.waiting()) };
    memory = polled.memory;
    beats.remember(memory);
    waitMs = polled.intervalMs;
    dueAtMs = memory.nextPollAtMs;
    summary = polled.summary;
    urgent = false;
    const holds = waitMs <= service.limiter.holdMs() && now() + waitMs <= turnEndsAtMs && turn.mayHold();
    if (!holds) throw givenBack(summary, waitMs);
    if (context.polls.givesBack()) throw givenBack(`${summary}; this worker has too much to do`, waitMs);
    beats.begin();
  }
}

function turnMs(): number {
  const { least, most } = TURN_SHARE;
  return activityInfo().startToCloseTimeoutMs * (least + (most - least) * phaseOffsetOf(workflowIdHere()));
}

function heartbeatTimeoutMs(): number {
  return activityInfo().heartbeatTimeoutMs ?? DEFAULT_HEARTBEAT_MS;
}

/** @returns the memory of an earlier attempt; null: there was none, or its worker died with it */
function resumedMemory(details: unknown): PollMemory | null {
  return isRecord(details) && typeof details['polls'] === 'number' ? (details as unknown as PollMemory) : null;
}

interface Wait {
  readonly summary: string;
  /** When it should end, ms. */
  readonly untilMs: number;
  readonly now: () => number;
}

/** @throws ApplicationFailure or CancelledFailure, if the wait ends in another way than it should */
async function wait(turn: Turn, start: WaitStart, { summary, untilMs, now }: Wait): Promise<void> {
  const end = await turn.wait(start);
  switch (end) {
    case 'due':
      return;
    case 'released':
      throw givenBack(summary, Math.max(1, untilMs - now()));
    case 'superseded':
      // The workflow no longer waits for this attempt. BENIGN, so that it is not logged as an error.
      throw withoutStack({ type: 'Overtaken', message: 'a newer call polls this job', category: 'BENIGN' });
    case 'cancelled':
      throw new CancelledFailure('the workflow polls anew');
    default:
      return end satisfies never;
  }
}

function isGivenBack(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === UNCHANGED;
}

const UNCHANGED = 'Unchanged';

/** Gives the interval back to the server: it needs no slot and no history. BENIGN, because it is no error. */
function givenBack(summary: string, intervalMs: number): ApplicationFailure {
  const message = `${summary}; next poll in ${Math.max(1, Math.round(intervalMs / 1000))} s`;
  return withoutStack({ type: UNCHANGED, message, nextRetryDelay: intervalMs, category: 'BENIGN' });
}

function startHeartbeats() {
  const current = Context.current();
  let details: unknown = activityInfo().heartbeatDetails;
  const everyMs = beatEveryMs(heartbeatTimeoutMs());
  const send = (): void => current.heartbeat(details);
  let hasBegun = false;
  const beat = (): void => {
    hasBegun = true;
    send();
    timer = setTimeout(beat, everyMs);
  };
  let timer = setTimeout(beat, everyMs / 2);
  return {
    /** Puts the memory into the details of the next heartbeats. The next attempt resumes from them. */
    remember: (memory: PollMemory) => void (details = memory),
    memory: () => details,
    /** Sends the first heartbeat now, so that everybody sees the hold. The later ones cost, and can wait. */
    begin: () => {
      if (hasBegun) return;
      clearTimeout(timer);
      beat();
    },
    /** Sends one now, before the attempt ends. */
    send,
    stop: () => clearTimeout(timer),
  };
}
