import { condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { JobActivities } from '../activities/job-activities.ts';
import {
  type CancelAnswer,
  cancelQueueOf,
  type CancelRequest,
  DEFAULT_ACCOUNT,
  DEFAULT_POOL,
  fairnessKeyOf,
} from '../contract/index.ts';
import { routeOf } from '../contract/plan.ts';
import { uiSummaryOf } from '../contract/render.ts';
import { cancelDueAtMs } from '../tracking/decide.ts';
import { troubleOf } from '../tracking/state/cancel/facts.ts';
import { causeOf, isUnserved, saidBy } from './failure.ts';
import { unlessOver } from './race.ts';
import type { Run } from './run.ts';

const { cancelJob } = proxyActivities<JobActivities>({
  startToCloseTimeout: '30s',
  scheduleToStartTimeout: '5m', // no worker serves the pool; the account may have moved to another since
  cancellationType: 'TRY_CANCEL', // only the end of tracking cancels it, and then the answer does not matter
  // No maximumAttempts: the cancel must reach the service, however long it is down.
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});

const ODD_RETRY_MS = 60_000;

/**
 * Sends the cancel whenever a call is due. It runs beside the polls, because either endpoint may be down (I4). A run that is about to
 * continue leaves the call to the next run. Otherwise the answer could get lost, and the call would count as one that may have worked.
 */
export async function sendCancels(run: Run): Promise<void> {
  for (;;) {
    await condition(() => cancelDueAtMs(run.track) !== null && !run.isLeaving());
    const dueAtMs = cancelDueAtMs(run.track) ?? 0;
    const waitMs = dueAtMs - Date.now();
    const isChanged = (): boolean => cancelDueAtMs(run.track) !== dueAtMs;
    if (waitMs > 0 && (await condition(isChanged, waitMs, { summary: 'send the cancel again' }))) continue;
    if (run.isLeaving()) continue;
    const { job, plan } = run.track.request;
    const route = plan === null ? undefined : routeOf(plan);
    const request = { job, pool: route?.pool, reported: troubleOf(run.track.cancel) };
    run.record({ type: 'cancelSent' });
    const answer = await unlessOver(
      () => send(request),
      () => run.track.end.is === 'ended',
    );
    if (answer !== null) run.record({ type: 'cancelAnswered', answer });
  }
}

async function send(request: CancelRequest): Promise<CancelAnswer> {
  const { provider, account = DEFAULT_ACCOUNT } = request.job;
  const options = {
    taskQueue: cancelQueueOf(workflowInfo().taskQueue, request.pool ?? DEFAULT_POOL),
    summary: uiSummaryOf(request.job, 'cancel of '),
    priority: { fairnessKey: fairnessKeyOf(provider, account) },
  };
  try {
    return await cancelJob.executeWithOptions(options, [request]);
  } catch (error) {
    return oddAnswer(error);
  }
}

/** The activity retries all failures that it knows. Other failures must not end the request either. */
function oddAnswer(error: unknown): CancelAnswer {
  const cause = causeOf(error);
  const reason = isUnserved(cause) ? 'no worker serves the account' : saidBy(cause, 'the cancel activity failed');
  return { status: 'unanswered', reason, retryInMs: ODD_RETRY_MS, attempts: 1, mayHaveWorked: true };
}
