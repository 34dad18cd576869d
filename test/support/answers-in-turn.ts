import { CancelledFailure, Context } from '@temporalio/activity';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer has reached the server by then. */
const ARRIVED_MS = 50;
const LOOK_EVERY_MS = 5;

/**
 * Has the activities of a workflow answer one after the other, and never while a workflow task is open. If the answer to a poll comes
 * in while a task cancels that very poll, the time-skipping server 1.38.0 refuses the task for good (`ACTIVITY_UNKNOWN`) and lets no
 * more time be skipped, where a real server has the task tried again.
 */
export function answersInTurn(): ActivityInterceptorsFactory {
  const turns = new Map<string, Promise<void>>();
  class Interceptor implements ActivityInboundCallsInterceptor {
    async execute(
      input: ActivityExecuteInput,
      next: Next<ActivityInboundCallsInterceptor, 'execute'>,
    ): Promise<unknown> {
      const result = await next(input).catch(nothingIfCancelled);
      const { info, client } = Context.current();
      const workflowId = info.workflowExecution?.workflowId ?? '';
      if (info.isLocal) return result; // part of the open task
      const before = turns.get(workflowId) ?? Promise.resolve();
      const turn = before.then(() => untilIdle(client, workflowId));
      turns.set(
        workflowId,
        turn.then(() => sleep(ARRIVED_MS)),
      );
      await turn;
      return result;
    }
  }
  return () => ({ inbound: new Interceptor() });
}

/** A cancelled attempt that fails counts as running for ever there; the workflow has gone on, and does not look. */
function nothingIfCancelled(error: unknown): null {
  if (error instanceof CancelledFailure) return null;
  throw error;
}

async function untilIdle(client: Context['client'], workflowId: string): Promise<void> {
  for (;;) {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const open = (events ?? []).reduce((isOpen, event) => {
      if (event.workflowTaskScheduledEventAttributes) return true;
      const closed =
        event.workflowTaskCompletedEventAttributes ??
        event.workflowTaskFailedEventAttributes ??
        event.workflowTaskTimedOutEventAttributes;
      return closed ? false : isOpen;
    }, false);
    if (!open) return;
    await sleep(LOOK_EVERY_MS);
  }
}
