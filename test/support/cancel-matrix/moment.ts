import type { Client, WorkflowHandle } from '@temporalio/client';
import { type JobProgress, wire } from '../../../src/contract/index.ts';
import type { HistoryEvent } from '../history-event.ts';
import { patiently } from '../patiently.ts';
import type { Moment } from './table.ts';

type Raw = Awaited<ReturnType<WorkflowHandle['describe']>>['raw'];
type PendingActivity = NonNullable<Raw['pendingActivities']>[number];

/**
 * How often a job is polled, so that its workflow comes to the moment and stays there. No whole minutes: two timers that fire at the
 * same moment, one of which cancels the other, are too much for the time-skipping server 1.38.0.
 */
export const INTERVAL_MS: Readonly<Record<Moment, number>> = {
  'before the first poll': 47_000,
  waiting: 233_000,
  'in retry': 61_000,
  degraded: 47_000,
  'at continue-as-new': 233_000,
  holding: 1_000,
};
/** A request adds the begin of a workflow task before the workflow hears of it; a signal and a cancellation add themselves too. */
export const EVENTS_OF_A_REQUEST = 2;

const STARTED = 2;

/** Reads from the server where a workflow stands; throws for a place that is none of the six. */
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

/** A fixed interval is up to a tenth shorter until the job has come to its place in it. */
function isInterval(waitMs: number): boolean {
  return waitMs >= INTERVAL_MS.waiting * 0.9 - 1_000 && waitMs <= INTERVAL_MS.waiting;
}

function ofPoll({ activityType, state, attempt, lastFailure, heartbeatDetails }: PendingActivity): Moment | null {
  if (activityType?.name !== wire.activities.checkJobStatus) return null;
  const unchanged = lastFailure?.message?.includes('unchanged') === true;
  // The time-skipping server 1.38.0 calls an attempt started that waits to be: it has no other failure to show yet.
  if (Number(attempt) > 1 && unchanged) return 'in retry';
  // One attempt that has polled, as its heartbeat says, and still runs: it waits out the interval itself.
  return Number(state) === STARTED && attempt === 1 && heartbeatDetails ? 'holding' : null;
}

/** The request was there before any poll was as much as scheduled. */
function isAskedFirst(history: HistoryEvent[]): boolean {
  const request = history.findIndex(isRequest);
  const poll = history.findIndex((event) => event.activityTaskScheduledEventAttributes);
  return request >= 0 && (poll < 0 || request < poll);
}

/** One of the three ways to ask. */
export function isRequest(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionSignaledEventAttributes?.signalName === wire.signals.cancel ||
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name === wire.updates.requestCancel ||
    event.workflowExecutionCancelRequestedEventAttributes,
  );
}
