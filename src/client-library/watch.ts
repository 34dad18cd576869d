import type { JobOutcome, JobProgress } from '../contract/index.ts';
import { createOutage, type PatienceOptions } from './patience.ts';
import type { Looked, Looks } from './watching/looks.ts';
import { createWatch } from './watching/watches.ts';

/** How to watch a job. */
export interface WatchOptions extends PatienceOptions {
  /**
   * How often the client asks for the progress at most, ms. Default: 1 s. It does not change how often the service is polled. If more than
   * ten jobs are watched, the client asks for a job when its search attributes change, and seldom without a change.
   */
  everyMs?: number;
}

interface Watched {
  readonly workflowId: string;
  readonly looks: Looks;
  readonly look: () => Promise<Looked>;
  readonly result: () => Promise<JobOutcome>;
}

const EVERY_MS = 1_000;

/** Yields the progress at each change, poll and pause, until the outcome. It waits while no worker answers, for at most `patienceMs`. */
export async function* watchJob(job: Watched, options: WatchOptions = {}): AsyncGenerator<JobProgress, void, void> {
  const { everyMs = EVERY_MS, signal } = options;
  const watcher = { watch: createWatch(job.workflowId, everyMs), outage: createOutage(options), signal };
  let shown = '';
  for (;;) {
    const looked = await job.looks.next(watcher, job.look);
    if (looked === null) return;
    const { progress, status } = looked;
    const { version, polls, nextPollAt, paused } = progress;
    const mark = JSON.stringify([version, polls, nextPollAt, paused]);
    if (mark !== shown) yield progress;
    shown = mark;
    if (progress.outcome !== null) return;
    if (GOES_ON.includes(status)) continue;
    // The workflow closed without an outcome: its input was refused, or it was terminated. It never gets an outcome then.
    await job.result().catch(watcher.outage.failed);
  }
}

const GOES_ON: readonly string[] = ['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'];
