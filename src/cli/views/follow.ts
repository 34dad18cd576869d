import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutcome, JobProgress, PatienceOptions, TrackedJob, UnreachableError } from '../../client.ts';
import type { CommandContext } from '../command.ts';
import { InterruptedError } from '../exit.ts';
import { progressBlock, progressLine } from './progress.ts';

/** Receives what happens to a followed job. `trouble`: why nothing answers; null: something answers again. */
export interface Follower {
  progress: (progress: JobProgress) => void;
  trouble: (error: UnreachableError | null) => void;
}

/** No limit: a person stops the command when it takes too long. */
const PATIENCE_MS = Infinity;

/**
 * Follows a job to its outcome. It waits through outages of worker and server, but not if nothing answers at the beginning.
 * @throws UnreachableError, InterruptedError, and the errors of `TrackedJob.result`
 */
export async function follow(tracked: TrackedJob, follower: Follower, signal: AbortSignal): Promise<JobOutcome> {
  const stop = new AbortController();
  let hasAnswered = false;
  const onTrouble = (error: UnreachableError | null): void => {
    if (hasAnswered || error === null) follower.trouble(error);
    else stop.abort(error);
  };
  const either = AbortSignal.any([signal, stop.signal]);
  for await (const progress of tracked.watch({ signal: either, onTrouble, patienceMs: PATIENCE_MS })) {
    hasAnswered = true;
    follower.progress(progress);
    if (progress.outcome !== null) return progress.outcome;
  }
  stop.signal.throwIfAborted();
  if (signal.aborted) throw new InterruptedError();
  return tracked.result();
}

const PAINT_EVERY_MS = 500;

/** Follows a job and shows it: with a live view at a terminal, otherwise with one line for each change. */
export async function watched(context: CommandContext, tracked: TrackedJob): Promise<JobOutcome> {
  const { unlessStopped, signal } = context.interruption();
  const { workflowId } = tracked;
  const live = context.output.live();
  if (live === null) return unlessStopped(follow(tracked, lineFollower(workflowId, context.output), signal));
  let block = (): string => `waiting for ${workflowId} …`;
  let trouble = '';
  const paint = (): void => live.paint(`${block()}${trouble}`);
  const follower: Follower = {
    progress: (progress) => {
      block = () => progressBlock(progress, Date.now());
      paint();
    },
    trouble: (error) => (trouble = error === null ? '' : `\ntrouble   ${error.message}; ${error.hint}; waiting`),
  };
  const timer = setInterval(paint, PAINT_EVERY_MS);
  try {
    return await unlessStopped(follow(tracked, follower, signal));
  } finally {
    clearInterval(timer);
    live.end();
  }
}

/** Prints each change once. @param to an Output, or a part of one */
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

/** Waits for the outcome, without a worker and through outages of the server. After 1 s, it shows changes on stderr. */
export async function awaited(context: CommandContext, tracked: TrackedJob): Promise<JobOutcome> {
  const { unlessStopped, signal } = context.interruption();
  const over = new AbortController();
  const waiting = { patienceMs: PATIENCE_MS, signal: AbortSignal.any([signal, over.signal]) };
  const ended = tracked.result(waiting);
  try {
    const quick = await unlessStopped(Promise.race([ended, sleep(QUICK_MS, null)]));
    if (quick !== null) return quick;
    const { note } = context.output;
    void show(tracked, lineFollower(tracked.workflowId, { answer: (_, text) => note(text), note }), waiting);
    return await unlessStopped(ended);
  } finally {
    over.abort();
  }
}

/** Shows a job, and ignores errors: the wait for the outcome reports them. */
async function show(tracked: TrackedJob, follower: Follower, waiting: PatienceOptions): Promise<void> {
  try {
    const watching = tracked.watch({ ...waiting, onTrouble: follower.trouble });
    for await (const progress of watching) follower.progress(progress);
  } catch {
    // nothing is shown then
  }
}
