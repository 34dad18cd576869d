import { CancellationScope, condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { JobActivities } from '../activities/job-activities.ts';
import type { CancelAnswer, CancelRequest } from '../contract/index.ts';
import { cancelQueueOf, DEFAULT_ACCOUNT } from '../contract/index.ts';
import { uiSummaryOf } from '../contract/render.ts';
import type { Track, TrackEvent } from '../tracking/track.ts';
import { causeOf, saidBy } from './failure.ts';

const { cancelJob } = proxyActivities<JobActivities>({
  startToCloseTimeout: '30s',
  cancellationType: 'TRY_CANCEL', // only an ended job cancels it, and then nobody waits for the answer
  // No maximumAttempts: the cancel must reach the service, however long it is down.
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});

const ODD_RETRY_MS = 60_000;

/**
 * Sends the cancel whenever one is due, beside the polls, for either endpoint may be down (I4). A run that is about to go on as a new
 * one leaves it to that: a call that nobody hears the answer of would count as one that may have worked.
 */
export async function carryCancels(
  current: () => Track,
  record: (event: TrackEvent) => void,
  isLeaving: () => boolean,
): Promise<void> {
  for (;;) {
    await condition(() => current().plan !== null && current().cancel.dueAtMs !== null && !isLeaving());
    const dueAtMs = current().cancel.dueAtMs ?? 0;
    const waitMs = dueAtMs - Date.now();
    const isChanged = (): boolean => current().cancel.dueAtMs !== dueAtMs;
    if (waitMs > 0 && (await condition(isChanged, waitMs, { summary: 'send the cancel again' }))) continue;
    if (isLeaving()) continue;
    const { job, cancel } = current();
    record({ type: 'cancelSent', atMs: Date.now() });
    const answer = await send({ job, told: cancel.told }, current);
    if (answer !== null) record({ type: 'cancelAnswered', answer, atMs: Date.now() });
  }
}

/** @returns null: the job ended before the service answered */
async function send(request: CancelRequest, current: () => Track): Promise<CancelAnswer | null> {
  const { provider, account = DEFAULT_ACCOUNT } = request.job;
  const options = {
    taskQueue: cancelQueueOf(workflowInfo().taskQueue, provider, account),
    summary: uiSummaryOf(request.job, 'cancel of '),
  };
  const scope = new CancellationScope();
  const answered = scope.run(() => cancelJob.executeWithOptions(options, [request])).catch(oddAnswer);
  const ended = scope
    .run(() => condition(() => current().outcome !== null))
    .then(
      () => null,
      () => null,
    );
  try {
    return await Promise.race([answered, ended]);
  } finally {
    scope.cancel();
  }
}

/** The activity retries what it knows; whatever else may end it must not end the request. */
function oddAnswer(error: unknown): CancelAnswer {
  const reason = saidBy(causeOf(error), 'the cancel activity failed');
  return { status: 'unanswered', reason, retryInMs: ODD_RETRY_MS, attempts: 1, mayHaveWorked: true };
}
