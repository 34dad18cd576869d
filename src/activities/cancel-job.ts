import { activityInfo, ApplicationFailure, Context, heartbeat } from '@temporalio/activity';
import { DEFAULT_ACCOUNT } from '../contract.ts';
import type { CancelAnswer, CancelRequest } from '../contract.ts';
import { ProviderError } from '../domain/failure.ts';
import { troubleIntervalMs } from '../domain/policy.ts';
import type { CancelReply } from '../domain/job.ts';
import type { ActivityContext, JobActivities } from './job-activities.ts';

const ODD_RETRY_MS = 10_000;

/**
 * Calls the cancel endpoint until it answers; trouble is retried by the server, but for the first one of a request, which is told.
 */
export function createCancelJob(context: ActivityContext): JobActivities['cancelJob'] {
  return async (request) => {
    const { attempt, heartbeatDetails } = activityInfo();
    // An attempt that died without a word may have reached the service.
    const mayHaveWorked = attempt > 1 && heartbeatDetails !== false;
    try {
      return answerOf(await call(context, request), attempt, mayHaveWorked);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return troubled(error, request, { attempt, mayHaveWorked, chance: context.random() });
    }
  };
}

async function call({ serviceOf }: ActivityContext, { job }: CancelRequest): Promise<CancelReply> {
  const account = job.account ?? DEFAULT_ACCOUNT;
  const service = serviceOf(job.provider, account);
  if (service !== undefined) return service.cancel(job, Context.current().cancellationSignal);
  throw ApplicationFailure.create({
    type: 'NoAccount',
    message: `this worker polls the cancel queue of ${job.provider} account ${account}, but has no such account`,
    nextRetryDelay: ODD_RETRY_MS,
  });
}

function answerOf(reply: CancelReply, attempts: number, mayHaveWorked: boolean): CancelAnswer {
  const facts = { attempts, mayHaveWorked };
  return reply.status === 'accepted'
    ? { ...facts, status: reply.status }
    : { ...facts, status: reply.status, reason: reply.reason };
}

interface Tried {
  attempt: number;
  mayHaveWorked: boolean;
  chance: number;
}

function troubled(error: ProviderError, request: CancelRequest, tried: Tried): CancelAnswer {
  const { attempt, chance } = tried;
  switch (error.kind) {
    case 'unauthorized':
      return { status: 'unauthorized', reason: error.message, attempts: attempt, mayHaveWorked: tried.mayHaveWorked };
    case 'rejected':
    case 'not-found':
      return { status: 'refused', reason: error.message, attempts: attempt, mayHaveWorked: tried.mayHaveWorked };
    case 'unavailable':
    case 'rate-limited':
    case 'malformed':
      break;
    default:
      error.kind satisfies never;
  }
  // A 429 was turned away at the door; everything else may have worked before it failed.
  const mayHaveWorked = tried.mayHaveWorked || error.kind !== 'rate-limited';
  const { edge, retryAfterMs, message } = error;
  const retryInMs = troubleIntervalMs({ inRow: attempt, edgeInRow: attempt, edge, retryAfterMs }, chance);
  if (request.tellTrouble)
    return { status: 'unanswered', reason: message, retryInMs, attempts: attempt, mayHaveWorked };
  heartbeat(mayHaveWorked);
  throw ApplicationFailure.create({ type: 'Unanswered', message, nextRetryDelay: retryInMs, category: 'BENIGN' });
}
