import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultUpdateHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CancelOptions,
  CancelState,
  JobOutcome,
  JobProgress,
  Limits,
  RequestCancelOptions,
  TimelineEntry,
  TrackJobInput,
} from '../contract/index.ts';
import { wire } from '../contract/index.ts';
import { apply } from '../tracking/apply.ts';
import { cancelAskOf } from '../contract/cancel.ts';
import { cancelStateOf, isCancelAnswered } from '../tracking/cancel.ts';
import { carriedTrack } from '../tracking/carried.ts';
import { decide, overtakes } from '../tracking/decide.ts';
import { progressOf } from '../tracking/progress.ts';
import type { Track, TrackEvent } from '../tracking/track.ts';
import { begin } from '../tracking/track.ts';
import { uiSummaryOf } from '../contract/render.ts';
import { carryCancels } from './carry-cancels.ts';
import { close, continueRun, isContinueDue, originOf } from './close.ts';
import { keepTime } from './keep-time.ts';
import { measureChange } from './measure.ts';
import { plan } from './plan.ts';
import { poll } from './poll.ts';
import { withRules } from './rules.ts';
import { createShowing } from './show.ts';
import { refuseNonsense, refuseUpdate, waitForAnswerMs } from './asks.ts';

export const progressQuery = defineQuery<JobProgress>(wire.queries.progress);
export const timelineQuery = defineQuery<TimelineEntry[]>(wire.queries.timeline);
export const cancelSignal = defineSignal<[CancelOptions?]>(wire.signals.cancel);
export const refreshSignal = defineSignal(wire.signals.refresh);
export const requestCancelUpdate = defineUpdate<CancelState, [RequestCancelOptions?]>(wire.updates.requestCancel);
export const setLimitsUpdate = defineUpdate<Limits, [Partial<Limits>]>(wire.updates.setLimits);

/** Follows one external job to its end. What to do next is decided in tracking/decide.ts; here it is only done. */
export async function trackJob(input: TrackJobInput, handedOn?: Track): Promise<JobOutcome> {
  const carried = carriedTrack(handedOn, originOf(workflowInfo()));
  let track = carried ?? begin(input, Date.now());
  const show = createShowing(carried);
  const record = (event: TrackEvent): void => {
    const before = track;
    track = apply(withRules(before, event), event);
    measureChange(before, track);
    show(track);
  };
  const current = (): Track => track;
  const isLeaving = (): boolean => isContinueDue(track, workflowInfo());

  setHandler(progressQuery, () => progressOf(track), { description: 'how far the job is' });
  setHandler(timelineQuery, () => [...track.timeline], { description: 'the last 50 changes' });
  setHandler(
    cancelSignal,
    (sent) => record({ type: 'cancelAsked', ask: cancelAskOf('signal', sent), atMs: Date.now() }),
    {
      description: 'cancel the job at the service',
    },
  );
  setHandler(refreshSignal, () => record({ type: 'refreshAsked', atMs: Date.now() }), { description: 'poll now' });
  setHandler(
    requestCancelUpdate,
    (sent) =>
      CancellationScope.nonCancellable(async () => {
        record({ type: 'cancelAsked', ask: cancelAskOf('update', sent), atMs: Date.now() });
        const isOver = (): boolean => isCancelAnswered(track.cancel) || track.outcome !== null || isLeaving();
        await condition(isOver, waitForAnswerMs(sent), { summary: 'answer to the cancel' });
        return cancelStateOf(track.cancel);
      }),
    { description: 'cancel the job, and wait for what the service says' },
  );
  setHandler(
    setLimitsUpdate,
    (limits) => {
      refuseNonsense(limits);
      record({ type: 'limitsSet', limits, atMs: Date.now() });
      return { ...track.limits };
    },
    { description: 'change the times allowed' },
  );
  setDefaultUpdateHandler(refuseUpdate);
  CancellationScope.current().cancelRequested.catch(() =>
    record({ type: 'cancelAsked', ask: cancelAskOf('native'), atMs: Date.now() }),
  );

  return CancellationScope.nonCancellable(async () => {
    if (carried !== null) record({ type: 'resumed', atMs: Date.now() });
    void carryCancels(current, record, isLeaving);
    void keepTime(current, record);
    for (;;) {
      const before = track;
      const step = decide(before, Date.now());
      const isOvertaken = (): boolean => overtakes(before, track) || isLeaving();
      switch (step.do) {
        case 'plan':
          record(await plan(input, () => track.cancel.phase !== 'none'));
          break;
        case 'wait':
          await condition(isOvertaken, step.forMs, { summary: uiSummaryOf(before.job, 'next poll of ') });
          break;
        case 'poll':
          await poll(step.request, isOvertaken).then((event) => event && record(event));
          break;
        case 'end':
        case 'refuse':
          await condition(allHandlersFinished);
          return close(step, track.cancel.native);
        default:
          return step satisfies never;
      }
      if (isLeaving()) {
        await condition(allHandlersFinished);
        if (isLeaving()) await continueRun(input, track);
      }
    }
  });
}
