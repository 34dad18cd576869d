import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { cancelAskOf, MAX_CANCEL_WAIT_MS } from '../contract/cancel.ts';
import {
  type CancelOptions,
  type CancelState,
  type JobProgress,
  type Limits,
  type RequestCancelOptions,
  type TimelineEntry,
  wire,
} from '../contract/index.ts';
import { isRecord } from '../contract/json.ts';
import { limitsProblems } from '../contract/limits.ts';
import { sentenceOf } from '../contract/problem.ts';
import { plainText } from '../contract/text.ts';
import { cancelStateOf, isCancelAnswered } from '../tracking/state/cancel/facts.ts';
import { progressOf } from '../tracking/views/progress.ts';
import type { Run } from './run.ts';

const progress = defineQuery<JobProgress>(wire.queries.progress);
const timeline = defineQuery<TimelineEntry[]>(wire.queries.timeline);
const cancel = defineSignal<[CancelOptions?]>(wire.signals.cancel);
const refresh = defineSignal(wire.signals.refresh);
const requestCancel = defineUpdate<CancelState, [RequestCancelOptions?]>(wire.updates.requestCancel);
const setLimits = defineUpdate<Limits, [Partial<Limits>]>(wire.updates.setLimits);

/** Answers queries, signals, updates and Temporal's own cancel. Callers can send any value, so each handler checks it. */
export function handleMessages(run: Run): void {
  setHandler(progress, () => progressOf(run.track), { description: 'how far the job is' });
  setHandler(timeline, () => [...run.track.journal.timeline], { description: 'the last 50 changes' });
  setHandler(cancel, (sent) => run.record({ type: 'cancelAsked', ask: cancelAskOf('signal', sent) }), {
    description: 'cancel the job at the service',
  });
  setHandler(refresh, () => run.record({ type: 'refreshAsked' }), { description: 'poll now' });
  setHandler(requestCancel, (sent) => cancelAndWait(run, sent), {
    description: 'cancel the job, and wait for what the service says',
  });
  setHandler(setLimits, (limits) => changeLimits(run, limits), { description: 'change the times allowed' });
  setDefaultUpdateHandler(refuseUpdate);
  CancellationScope.current().cancelRequested.catch(() =>
    run.record({ type: 'cancelAsked', ask: cancelAskOf('native') }),
  );
}

function cancelAndWait(run: Run, sent: RequestCancelOptions | undefined): Promise<CancelState> {
  return CancellationScope.nonCancellable(async () => {
    run.record({ type: 'cancelAsked', ask: cancelAskOf('update', sent) });
    const isOver = (): boolean => isCancelAnswered(run.track.cancel) || run.track.end.is === 'ended' || run.isLeaving();
    await condition(isOver, waitMsOf(sent), { summary: 'answer to the cancel' });
    return cancelStateOf(run.track.cancel);
  });
}

const WAIT_MS = 10_000;

function waitMsOf(sent: RequestCancelOptions | undefined): number {
  const waitMs: unknown = isRecord(sent) ? sent['waitForMs'] : undefined;
  return typeof waitMs === 'number' && Number.isFinite(waitMs)
    ? Math.min(Math.max(Math.round(waitMs), 0), MAX_CANCEL_WAIT_MS)
    : WAIT_MS;
}

/**
 * Checks the limits here and not in a validator. If a validator refuses an update, it may leave an empty workflow task behind. A replay
 * joins that task with the one before it, so it may handle events at another time than the run did.
 */
function changeLimits(run: Run, limits: Partial<Limits>): Limits {
  const problems = limitsProblems(limits ?? null, 'limits');
  if (problems.length > 0) throw ApplicationFailure.nonRetryable(sentenceOf(problems), 'InvalidLimits');
  run.record({ type: 'limitsSet', limits });
  return { ...run.track.limits.allowed };
}

const MAX_NAME = 100;

/** Accepts an unknown update and fails it. Without this handler the SDK would refuse it, which has the same problem as a validator. */
function refuseUpdate(name: string): never {
  const known = Object.values(wire.updates).join(', ');
  throw ApplicationFailure.nonRetryable(
    `there is no update ${plainText(name, MAX_NAME)}; there are ${known}`,
    'UnknownUpdate',
  );
}
