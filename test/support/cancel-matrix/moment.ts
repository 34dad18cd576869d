import type { Client, WorkflowHandle } from '@temporalio/client';
import { type JobProgress, wire } from '../../../src/contract/index.ts';
import type { HistoryEvent } from '../history-event.ts';
import { patiently } from '../patiently.ts';
import type { Moment } from './table.ts';

type Raw = Awaited<ReturnType<WorkflowHandle['describe']>>['raw'];
type PendingActivity = NonNullable<Raw['pendingActivities']>[number];

/**
 * The interval of a job, with which its workflow reaches the moment and stays there. No interval is a number of whole minutes: the
 * time-skipping server 1.38.0 fails if two timers fire at the same moment and one of them cancels the other.
 */
export const INTERVAL_MS: Readonly<Record<Moment, number>> = {
  'before the first poll': 47_000,
  waiting: 233_000,
  'in retry': 61_000,
  degraded: 47_000,
  'at continue-as-new': 233_000,
  holding: 1_000,
};
/** Before the workflow sees a request, the start of a workflow task adds one event. A signal or a cancellation adds its own event. */
export const EVENTS_OF_A_REQUEST = 2;

const STARTED = 2;

/** @returns the moment that a workflow has reached, read from the server. @throws Error if it is none of the six moments */
export async function momentOf(client: Client, workflowId: string, continueAfterEvents: number): Promise<Moment> {
  const handle = client.workflow.getHandle(workflowId);
  const [{ events }, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
  const history = events ?? [];
  const pending = raw.pendingActivities ?? [];
  if (isAskedFirst(history)) return 'before the first poll';
  const { state, health } = await patiently(() => handle.query<JobProgress>(wire.queries.progress));
  if (health.status === 'degraded') return 'degraded';
  if (health.status === 'ok' && state === 'running' && pending.length < 2) {
    const moment = pending[0] === undefined ? ofTimers(history, continueAfterEvents) : ofPoll(pending[0]);
    if (moment !== null) return moment;
  }
  throw new Error(`${workflowId} is nowhere: ${JSON.stringify({ state, health, pending })}`);
}

function ofTimers(history: HistoryEvent[], continueAfterEvents: number): Moment | null {
  const over = history.map(
    (event) => event.timerFiredEventAttributes?.timerId ?? event.timerCanceledEventAttributes?.timerId,
  );
  const open = history
    .map((event) => event.timerStartedEventAttributes)
    .filter((timer) => timer && !over.includes(timer.timerId));
  const waitsMs = open.map((timer) => Number(timer?.startToFireTimeout?.seconds) * 1_000);
  if (!waitsMs.some(isInterval)) return null;
  return history.length + EVENTS_OF_A_REQUEST < continueAfterEvents ? 'waiting' : 'at continue-as-new';
}

/** A fixed interval is up to a tenth shorter until the job has reached its phase offset. */
function isInterval(waitMs: number): boolean {
  return waitMs >= INTERVAL_MS.waiting * 0.9 - 1_000 && waitMs <= INTERVAL_MS.waiting;
}

function ofPoll({ activityType, state, attempt, lastFailure, heartbeatDetails }: PendingActivity): Moment | null {
  if (activityType?.name !== wire.activities.checkJobStatus) return null;
  const unchanged = lastFailure?.message?.includes('unchanged') === true;
  // The time-skipping server 1.38.0 shows a waiting attempt as started. So the last failure is compared, and not the state.
  if (Number(attempt) > 1 && unchanged) return 'in retry';
  // The first attempt still runs, and its heartbeat shows that it has polled: it waits out the interval itself.
  return Number(state) === STARTED && attempt === 1 && heartbeatDetails ? 'holding' : null;
}

/** @returns true if the request came before the first poll was scheduled */
function isAskedFirst(history: HistoryEvent[]): boolean {
  const request = history.findIndex(isRequest);
  const poll = history.findIndex((event) => event.activityTaskScheduledEventAttributes);
  return request >= 0 && (poll < 0 || request < poll);
}

/** @returns true for a cancel request of any of the three ways */
export function isRequest(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionSignaledEventAttributes?.signalName === wire.signals.cancel ||
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === wire.updates.requestCancel ||
    event.workflowExecutionCancelRequestedEventAttributes,
  );
}
