// The workflows file of a worker of your own.
import { ApplicationFailure } from '@temporalio/workflow';
import { trackInWorkflow } from 'durable-job-tracker/workflows';

// The worker of the plugin runs the workflow of each job, too.
export { trackJob } from 'durable-job-tracker/workflows';

/** Waits for a book. @returns what DeepWriter says about it */
export async function publishBook(jobId: string): Promise<unknown> {
  const options = { cancel: 'with-parent', taskQueue: 'books' } as const;
  const outcome = await trackInWorkflow({ provider: 'deepwriter', jobId }, options);
  if (outcome.status !== 'completed') throw ApplicationFailure.nonRetryable(`the book is ${outcome.status}`);
  return outcome.result;
}
