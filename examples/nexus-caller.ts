// A workflow in another namespace than the tracker.
import { trackByNexus } from 'durable-job-tracker/workflows';

/** @returns how the book ended */
export async function waitForBook(jobId: string): Promise<string> {
  const outcome = await trackByNexus({ provider: 'deepwriter', jobId }, { endpoint: 'job-tracker' });
  return outcome.status;
}
