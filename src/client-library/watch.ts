import type { JobOutcome, JobProgress } from '../contract/index.ts';
import type { Execution } from './execution.ts';
import { createOutage, type PatienceOptions, pause } from './patience.ts';

/** How to watch a job. */
export interface WatchOptions extends PatienceOptions {
  /** How often the client asks for the progress, ms. Default: 1 s. It does not change how often the service is polled. */
  everyMs?: number;
}

interface Watched {
  progress: () => Promise<JobProgress>;
  result: () => Promise<JobOutcome>;
  describe: () => Promise<Execution>;
}

const EVERY_MS = 1_000;

/** Yields the progress at each change, poll and pause, until the outcome. It waits while no worker answers, for at most `patienceMs`. */
export async function* watchJob(job: Watched, options: WatchOptions = {}): AsyncGenerator<JobProgress, void, void> {
  const { everyMs = EVERY_MS, signal } = options;
  const outage = createOutage(options);
  let shown = '';
  for (;;) {
    if (signal?.aborted === true) return;
    try {
      const progress = await job.progress();
      outage.answered();
      const { version, polls, nextPollAt, paused } = progress;
      const mark = JSON.stringify([version, polls, nextPollAt, paused]);
      if (mark !== shown) yield progress;
      shown = mark;
      if (progress.outcome !== null) return;
      await throwIfEnded(job);
    } catch (error) {
      outage.failed(error);
    }
    await pause(everyMs, signal);
  }
}

/** Throws if the workflow closed without an outcome: its input was refused, or it was terminated. It never gets an outcome then. */
async function throwIfEnded(job: Watched): Promise<void> {
  const { status } = await job.describe();
  if (['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'].includes(status)) return;
  await job.result();
}
