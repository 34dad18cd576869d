import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutcome, JobProgress, PatienceOptions, TrackedJob, UnreachableError } from '../../client.ts';
import type { CommandContext } from '../command.ts';
import { InterruptedError } from '../failure.ts';
import { progressBlock, progressLine } from './progress.ts';

/** Who is told while a job is followed. `trouble`: why nothing answers; null: it does again. */
export interface Follower {
  progress: (progress: JobProgress) => void;
  trouble: (error: UnreachableError | null) => void;
}

/** What a person watches is waited for as long as that person wants. */
const PATIENCE_MS = Infinity;

/**
 * Follows a job to its outcome. A worker or a server that goes away meanwhile is waited for; one that never answered is not.
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
  const either = AbortSignal.any([signal, stop.signal]);
  for await (const progress of tracked.watch({ signal: either, onTrouble, patienceMs: PATIENCE_MS })) {
    first.seen = true;
    follower.progress(progress);
    if (progress.outcome !== null) return progress.outcome;
  }
  if (first.failure !== null) throw first.failure;
  if (signal.aborted) throw new InterruptedError('stopped before the end; tracking of the job goes on');
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
  let shown = '';
  let trouble: string | null = null;
  return {
    progress: (progress) => {
      const mark = `${progress.version} ${JSON.stringify(progress.paused)}`;
      if (mark !== shown) to.answer({ workflowId, ...progress }, progressLine(progress));
      shown = mark;
    },
    trouble: (error) => {
      if (error === null) to.note('answered again');
      else if (trouble !== error.message) to.note(`${error.message}; waiting (${error.hint})`);
      trouble = error?.message ?? null;
    },
  };
}

const QUICK_MS = 1_000;

/**
 * Waits for the outcome, which needs neither a worker nor a server that never stops; what takes longer than a moment is shown on
 * stderr meanwhile.
 */
export async function awaited(context: CommandContext, tracked: TrackedJob): Promise<JobOutcome> {
  const { unless, signal } = context.interruption();
  const over = new AbortController();
  const waiting = { patienceMs: PATIENCE_MS, signal: AbortSignal.any([signal, over.signal]) };
  const ended = tracked.result(waiting);
  try {
    const quick = await unless(Promise.race([ended, sleep(QUICK_MS, null)]));
    if (quick !== null) return quick;
    const { note } = context.output;
    void show(tracked, lineFollower(tracked.workflowId, { answer: (_, text) => note(text), note }), waiting);
    return await unless(ended);
  } finally {
    over.abort();
  }
}

/** Shows a job while something else waits for its end, which also tells what is wrong. */
async function show(tracked: TrackedJob, follower: Follower, waiting: PatienceOptions): Promise<void> {
  try {
    const watching = tracked.watch({ ...waiting, onTrouble: follower.trouble });
    for await (const progress of watching) follower.progress(progress);
  } catch {
    // no view then
  }
}
