import type { JobOutcome, JobProgress } from '../contract/index.ts';
import type { Execution } from './execution.ts';
import type { PatienceOptions } from './patience.ts';
import { createSilence, pause } from './patience.ts';

export interface WatchOptions extends PatienceOptions {
  /** Ask so often, ms; 1 s if left out. */
  everyMs?: number;
}

interface Watched {
  progress: () => Promise<JobProgress>;
  result: () => Promise<JobOutcome>;
  describe: () => Promise<Execution>;
}

const EVERY_MS = 1_000;

/** Yields each change, each poll and each pause until the outcome. A worker that is away for a while is waited for. */
export async function* watchJob(job: Watched, options: WatchOptions = {}): AsyncGenerator<JobProgress, void, void> {
  const { everyMs = EVERY_MS, signal } = options;
  const silence = createSilence(options);
  let shown = '';
  for (;;) {
    if (signal?.aborted === true) return;
    try {
      const progress = await job.progress();
      silence.answered();
      const mark = [
        progress.version,
        progress.polls,
        progress.nextPollAt,
        JSON.stringify(progress.paused ?? null),
      ].join();
      if (mark !== shown) yield progress;
      shown = mark;
      if (progress.outcome !== null) return;
      await throwIfEnded(job);
    } catch (error) {
      silence.failed(error);
    }
    await pause(everyMs, signal);
  }
}

/** A workflow that closed without an outcome never gets one: refused input, or ended by someone. */
async function throwIfEnded(job: Watched): Promise<void> {
  const { status } = await job.describe();
  if (['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'].includes(status)) return;
  await job.result();
}
