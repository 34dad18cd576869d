import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutcome, JobProgress, TrackedJob, UnreachableError } from '../client.ts';
import type { CommandContext } from './command.ts';
import { InterruptedError } from './failure.ts';
import { progressBlock, progressLine } from './progress-view.ts';

/** Who is told while a job is followed. `trouble`: why nothing answers; null: it does again. */
export interface Follower {
  progress: (progress: JobProgress) => void;
  trouble: (error: UnreachableError | null) => void;
}

/**
 * Follows a job to its outcome. A worker that goes away meanwhile is waited for; one that never answered is not.
 * @throws UnreachableError, InterruptedError, and what `TrackedJob.result` throws
 */
export async function follow(tracked: TrackedJob, follower: Follower, signal: AbortSignal): Promise<JobOutcome> {
  const stop = new AbortController();
  const first: { seen: boolean; failure: UnreachableError | null } = { seen: false, failure: null };
  const onTrouble = (error: UnreachableError | null): void => {
    if (first.seen || error === null) return follower.trouble(error);
    first.failure = error;
    stop.abort();
  };
  for await (const progress of tracked.watch({ signal: AbortSignal.any([signal, stop.signal]), onTrouble })) {
    first.seen = true;
    follower.progress(progress);
    if (progress.outcome !== null) return progress.outcome;
  }
  if (first.failure !== null) throw first.failure;
  if (signal.aborted) throw new InterruptedError('stopped before the end; a tracked job goes on being tracked');
  return tracked.result();
}

const PAINT_EVERY_MS = 500;

/** Follows a job before the eyes of a person: a live view at a terminal, else one line for each change. */
export async function watched(context: CommandContext, tracked: TrackedJob): Promise<JobOutcome> {
  const { unless, signal } = context.interruption();
  const live = context.output.live();
  if (live === null) return unless(follow(tracked, lineFollower(tracked.workflowId, context.output), signal));
  const view: { progress: JobProgress | null; trouble: string | null } = { progress: null, trouble: null };
  const paint = (): void => {
    const block =
      view.progress === null ? `waiting for ${tracked.workflowId} …` : progressBlock(view.progress, Date.now());
    live.paint(view.trouble === null ? block : `${block}\ntrouble   ${view.trouble}; waiting`);
  };
  const follower: Follower = {
    progress: (progress) => {
      view.progress = progress;
      paint();
    },
    trouble: (error) => (view.trouble = error === null ? null : `${error.message}; ${error.hint}`),
  };
  const timer = setInterval(paint, PAINT_EVERY_MS);
  try {
    return await unless(follow(tracked, follower, signal));
  } finally {
    clearInterval(timer);
    live.end();
  }
}

/** Tells each change once. `answer` and `note` are those of an Output, or go elsewhere. */
export function lineFollower(workflowId: string, to: Pick<CommandContext['output'], 'answer' | 'note'>): Follower {
  let version = 0;
  let troubled = false;
  return {
    progress: (progress) => {
      if (progress.version !== version) to.answer({ workflowId, ...progress }, progressLine(progress));
      version = progress.version;
    },
    trouble: (error) => {
      if (error === null) to.note('answered again');
      else if (!troubled) to.note(`${error.message}; waiting (${error.hint})`);
      troubled = error !== null;
    },
  };
}

const QUICK_MS = 1_000;

/** Waits for the outcome; what takes longer than a moment is shown on stderr meanwhile. */
export async function awaited(context: CommandContext, tracked: TrackedJob): Promise<JobOutcome> {
  const { unless, signal } = context.interruption();
  const ended = tracked.result();
  const quick = await unless(Promise.race([ended, sleep(QUICK_MS, null)]));
  if (quick !== null) return quick;
  const { note } = context.output;
  const follower = lineFollower(tracked.workflowId, { answer: (_, text) => note(text), note });
  return unless(Promise.race([ended, follow(tracked, follower, signal)]));
}
