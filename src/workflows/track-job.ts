import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { JobOutcome, TrackJobInput } from '../contract/index.ts';
import { uiSummaryOf } from '../contract/render.ts';
import { decide, interrupts, type Step } from '../tracking/decide.ts';
import { isNative } from '../tracking/state/cancel/facts.ts';
import type { Track } from '../tracking/track.ts';
import { sendCancels } from './cancel-loop.ts';
import { close, continueRun } from './close.ts';
import { keepDeadlines } from './deadline-timer.ts';
import { handleMessages } from './handlers.ts';
import { plan } from './plan.ts';
import { poll } from './poll.ts';
import { createRun, type Run } from './run.ts';

/**
 * Tracks one external job to its end. `tracking/decide.ts` decides what to do next; the workflow does it, and records what happened.
 * @param handedOn the track of the run before this one, at a continue-as-new
 */
export async function trackJob(input: TrackJobInput, handedOn?: Track): Promise<JobOutcome> {
  const run = createRun(input, handedOn);
  handleMessages(run);
  return CancellationScope.nonCancellable(async () => {
    if (run.isContinued) run.record({ type: 'resumed' });
    void sendCancels(run);
    void keepDeadlines(run);
    for (;;) {
      const step = decide(run.track, Date.now());
      if (step.do === 'end' || step.do === 'refuse') {
        await condition(allHandlersFinished);
        return close(step, isNative(run.track.cancel));
      }
      await take(step, input, run);
      if (!run.isLeaving()) continue;
      await condition(allHandlersFinished);
      if (run.isLeaving()) await continueRun(input, run.track);
    }
  });
}

async function take(
  step: Extract<Step, { do: 'plan' | 'wait' | 'poll' }>,
  input: TrackJobInput,
  run: Run,
): Promise<void> {
  const before = run.track;
  const isOver = (): boolean => interrupts(before, run.track) || run.isLeaving();
  switch (step.do) {
    case 'plan':
      return run.record(await plan(input, () => run.track.cancel.phase !== 'none'));
    case 'wait':
      await condition(isOver, step.forMs, { summary: uiSummaryOf(before.request.job, 'next poll of ') });
      return;
    case 'poll': {
      const answer = await poll(step.request, isOver);
      if (answer !== null) run.record(answer);
      return;
    }
    default:
      return step satisfies never;
  }
}
