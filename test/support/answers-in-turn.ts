import { CancelledFailure, Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from './history-event.ts';
import { aroundAttempts } from './around-attempts.ts';
import { isTaskOpen } from './standstill.ts';

/** An answer reaches the server within this time. */
const ARRIVED_MS = 50;
const LOOK_EVERY_MS = 10;

/**
 * Makes the activities of a workflow answer one after the other. An activity answers only while no workflow task is open and no
 * activity waits for a worker. An activity whose cancel was requested completes instead of failing. The time-skipping server 1.38.0
 * needs this for two reasons:
 * - If a workflow task cancels an activity that has just ended, this server refuses the task forever (`ACTIVITY_UNKNOWN`). A real
 *   server lets the worker try again.
 * - If an attempt was cancelled between its schedule and its start, or failed after its cancel, this server skips no more time.
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
    if (isLocal) return attempt(); // a local activity is part of a workflow task
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
