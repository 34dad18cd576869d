import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { JobActivities } from '../activities/job-activities.ts';
import { DEFAULT_ACCOUNT, DEFAULT_POOL, fairnessKeyOf, statusQueueOf } from '../contract/index.ts';
import { DEFAULT_HEARTBEAT_MS, startToCloseMs } from '../contract/heartbeat.ts';
import type { PollRequest } from '../polling/memory.ts';
import { uiSummaryOf } from '../contract/render.ts';
import type { Happening } from '../tracking/event.ts';
import { causeOf, isUnserved, saidBy } from './failure.ts';
import { unlessOver } from './race.ts';

const { checkJobStatus } = proxyActivities<JobActivities>({
  startToCloseTimeout: startToCloseMs(DEFAULT_HEARTBEAT_MS),
  scheduleToStartTimeout: '5m', // no worker serves the pool, or all that do are overloaded: the job is then degraded
  cancellationType: 'TRY_CANCEL', // the next poll begins at once, because a status request that still runs does no harm
  // No maximumAttempts: an unchanged poll is an attempt. Each failure brings its own delay; this one is for a lost worker.
  retry: { initialInterval: '1s', backoffCoefficient: 1, maximumInterval: '1s' },
});

const ODD_RETRY_MS = 60_000;
/** The highest priority: 1. The default is 3, the lowest 5. */
const FIRST_IN_QUEUE = 1;

/** Has the job polled until there is something to report. @returns null: it was interrupted */
export function poll(request: PollRequest, isOver: () => boolean): Promise<Happening | null> {
  const { provider, account = DEFAULT_ACCOUNT } = request.job;
  const { pool = DEFAULT_POOL, heartbeatMs = DEFAULT_HEARTBEAT_MS } = request;
  const askedAtMs = Date.now();
  const options = {
    taskQueue: statusQueueOf(workflowInfo().taskQueue, pool),
    summary: uiSummaryOf(request.job, 'status of '),
    startToCloseTimeout: startToCloseMs(heartbeatMs), // one attempt holds short intervals for about half of this time
    heartbeatTimeout: heartbeatMs, // after this time another worker takes over the hold of a dead one
    priority: {
      fairnessKey: fairnessKeyOf(provider, account),
      ...(request.urgent === true ? { priorityKey: FIRST_IN_QUEUE } : {}),
    },
  };
  return unlessOver(async (): Promise<Happening> => {
    try {
      const answer = await checkJobStatus.executeWithOptions(options, [request]);
      return 'memory' in answer ? { ...answer, askedAtMs } : answer;
    } catch (error) {
      return unanswered(error, request, askedAtMs);
    }
  }, isOver);
}

function unanswered(error: unknown, request: PollRequest, askedAtMs: number): Happening {
  const cause = causeOf(error);
  if (isUnserved(cause)) {
    return { type: 'unserved', message: `no worker serves account ${request.job.account ?? DEFAULT_ACCOUNT}` };
  }
  const message = saidBy(cause, 'the status activity failed');
  const { memory } = request;
  const trouble = { kind: 'unavailable', message, sinceMs: Date.now(), final: false } as const;
  return { type: 'degraded', ...trouble, memory, intervalMs: ODD_RETRY_MS, askedAtMs };
}
