import { Context, heartbeat } from '@temporalio/activity';
import { type ActivityContext, type JobActivities, workflowIdHere } from './job-activities.ts';

const HEARTBEAT_MS = 5_000;

/** Waits for the outcome of a job, for a workflow that cannot have the job's workflow as its child, because it runs or ran already. */
export function createAwaitJob({ others }: ActivityContext): JobActivities['awaitJob'] {
  return async (input, { cancel }) => {
    heartbeat();
    const timer = setInterval(heartbeat, HEARTBEAT_MS);
    try {
      return await others.outcomeOf(input, Context.current().cancellationSignal);
    } catch (error) {
      // If the server does not know the activity any more, the run of the caller's workflow has ended. The activity sends the cancel, and not
      // the workflow: a workflow that ends in the same task could not.
      const { cancelRequested, notFound } = Context.current().cancellationDetails ?? {};
      const isOver = cancelRequested === true || notFound === true;
      if (isOver && cancel === 'with-parent') await others.cancel(input.job, workflowIdHere());
      throw error;
    } finally {
      clearInterval(timer);
    }
  };
}
