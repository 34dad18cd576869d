import type { WorkflowExecutionDescription } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutcome, JobProgress } from '../contract.ts';
import { UnreachableError } from './errors.ts';

export interface WatchOptions {
  /** Ask so often, ms; 1 s if left out. */
  everyMs?: number;
  /** Go on so long while nothing answers, ms; 5 min if left out. */
  patienceMs?: number;
  signal?: AbortSignal;
  /** Told when nothing answers, and again (null) when it does. */
  onTrouble?: (error: UnreachableError | null) => void;
}

interface Watched {
  progress: () => Promise<JobProgress>;
  result: () => Promise<JobOutcome>;
  describe: () => Promise<WorkflowExecutionDescription>;
}

const EVERY_MS = 1_000;
const PATIENCE_MS = 5 * 60_000;

/** Yields each change and each poll until the outcome. A worker that is away for a while is waited for. */
export async function* watchJob(job: Watched, options: WatchOptions = {}): AsyncGenerator<JobProgress, void, void> {
  const { everyMs = EVERY_MS, patienceMs = PATIENCE_MS, signal, onTrouble } = options;
  let shown = '';
  let silentSinceMs: number | null = null;
  for (;;) {
    if (signal?.aborted === true) return;
    try {
      const progress = await job.progress();
      if (silentSinceMs !== null) onTrouble?.(null);
      silentSinceMs = null;
      const mark = [progress.version, progress.polls, progress.nextPollAt].join();
      if (mark !== shown) yield progress;
      shown = mark;
      if (progress.outcome !== null) return;
      await throwIfEnded(job);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      silentSinceMs ??= Date.now();
      onTrouble?.(error);
      if (Date.now() - silentSinceMs > patienceMs) throw error;
    }
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** A workflow that closed without an outcome never gets one: refused input, or ended by someone. */
async function throwIfEnded(job: Watched): Promise<void> {
  const { status } = await job.describe();
  if (['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'].includes(status.name)) return;
  await job.result();
}
