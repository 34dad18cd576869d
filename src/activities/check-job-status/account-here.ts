import { activityInfo } from '@temporalio/activity';
import { DEFAULT_ACCOUNT, type Route } from '../../contract/index.ts';
import { DEFAULT_ROUTE } from '../../contract/task-queue.ts';
import type { NoPollAnswer, PollMemory, PollRequest } from '../../polling/memory.ts';
import { type ActivityContext, hasMoved, type JobService, noAccountHere } from '../job-activities.ts';

interface Here {
  readonly service: JobService;
  readonly route: Route;
}

/** As long as a queue without a worker: then the job is degraded. */
const UNSERVED_MS = 5 * 60_000;

/**
 * Finds the account of a job.
 * @param memory of the attempt before, or of the request; a foreign request has none
 * @returns the service of the account; or why no worker that takes this activity can poll the job
 * @throws ApplicationFailure that is retried: another worker of the pool may have the account
 */
export async function accountHere(
  { accountOf, now }: ActivityContext,
  request: PollRequest,
  memory: PollMemory | undefined,
): Promise<Here | NoPollAnswer> {
  const { job, pool } = request;
  const { service, route } = await accountOf(job);
  if (hasMoved(request, route)) return { type: 'moved', route };
  // An account that cannot be looked up now stays where it is.
  if (service !== null) return { service, route: route ?? { ...DEFAULT_ROUTE, pool: pool ?? DEFAULT_ROUTE.pool } };
  const sinceMs = Math.max(activityInfo().scheduledTimestampMs, memory?.lastPollAtMs ?? 0);
  if (now() - sinceMs < UNSERVED_MS) throw noAccountHere(job);
  return { type: 'unserved', message: `no worker serves account ${job.account ?? DEFAULT_ACCOUNT}` };
}
