import { CancelledFailure, Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from './history-event.ts';
import { aroundAttempts } from './around-attempts.ts';
import { isTaskOpen } from './standstill.ts';

/** An answer has reached the server by then. */
const ARRIVED_MS = 50;
const LOOK_EVERY_MS = 10;

/**
 * Has the activities of a workflow answer one after the other, and only while no workflow task is open and none of them waits for a
 * worker; one whose cancel is requested completes in place of failing. The time-skipping server 1.38.0 needs that: it refuses for
 * good a task that cancels an activity which has just ended (`ACTIVITY_UNKNOWN`; a real server has it tried again), and it lets no
 * more time be skipped once an attempt was cancelled between its schedule and its start, or failed after its cancel.
 */
export function answersInTurn(): ActivityInterceptorsFactory {
  const turns = new Map<string, Promise<void>>();
  const awaitTurn = async (): Promise<History> => {
    const workflowId = Context.current().info.workflowExecution?.workflowId ?? '';
    const before = turns.get(workflowId) ?? Promise.resolve();
    const turn = before.then(() => idleHistory(workflowId));
    turns.set(
      workflowId,
      turn.then(() => sleep(ARRIVED_MS)),
    );
    return turn;
  };
  return aroundAttempts(async (attempt) => {
    const { isLocal, activityId } = Context.current().info;
    if (isLocal) return attempt(); // part of a workflow task itself
    try {
      const result = await attempt();
      await awaitTurn();
      return result;
    } catch (error) {
      if (isCancelRequested(await awaitTurn(), activityId) || error instanceof CancelledFailure) return null;
      throw error;
    }
  });
}

type History = HistoryEvent[];

const SCHEDULED = 1;

async function idleHistory(workflowId: string): Promise<History> {
  const handle = Context.current().client.workflow.getHandle(workflowId);
  for (;;) {
    const [{ events }, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    const history = events ?? [];
    const waits = raw.pendingActivities?.some(({ state, attempt }) => Number(state) === SCHEDULED && attempt === 1);
    if (!isTaskOpen(history) && waits !== true) return history;
    await sleep(LOOK_EVERY_MS);
  }
}

function isCancelRequested(history: History, activityId: string): boolean {
  const scheduled = history.find((event) => event.activityTaskScheduledEventAttributes?.activityId === activityId);
  return history.some(
    ({ activityTaskCancelRequestedEventAttributes: request }) =>
      request && String(request.scheduledEventId) === String(scheduled?.eventId),
  );
}
