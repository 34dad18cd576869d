import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import { type CancelAnswer, type CancelRequest, DEFAULT_ACCOUNT } from '../contract/index.ts';
import { type FailureKind, ProviderError } from '../contract/failure.ts';
import { troubleIntervalMs } from '../polling/interval.ts';
import type { CancelReply, JobRef } from '../contract/job.ts';
import { DeferredError } from './account-limiter.ts';
import type { ActivityContext, JobActivities, JobService } from './job-activities.ts';
import { withoutStack } from './application-failure.ts';

const ODD_RETRY_MS = 10_000;
/** If a person must correct something first: a credential, a base URL. */
const MEND_RETRY_MS = 60_000;

/**
 * Calls the cancel endpoint until it answers. It reports trouble of a kind that the workflow does not know yet. Otherwise the server retries.
 */
export function createCancelJob(context: ActivityContext): JobActivities['cancelJob'] {
  return async (request) => {
    const { attempt, heartbeatDetails } = activityInfo();
    // An attempt that died without a heartbeat may have reached the service.
    const facts = { attempts: attempt, mayHaveWorked: attempt > 1 && heartbeatDetails !== false };
    const answer = await answerOf(context, request, facts);
    if (answer.status !== request.reported) return answer;
    heartbeat(answer.mayHaveWorked);
    const delayMs = answer.status === 'unanswered' ? answer.retryInMs : MEND_RETRY_MS;
    throw withoutStack({
      type: 'Unanswered',
      message: `cancel: ${answer.reason}; next try in ${Math.round(delayMs / 1000)} s`,
      nextRetryDelay: delayMs,
      category: 'BENIGN',
    });
  };
}

type Facts = Pick<CancelAnswer, 'attempts' | 'mayHaveWorked'>;

async function answerOf(context: ActivityContext, request: CancelRequest, facts: Facts): Promise<CancelAnswer> {
  try {
    const reply = await call(context, request);
    return reply.status === 'accepted'
      ? { ...facts, status: reply.status }
      : { ...facts, status: reply.status, reason: reply.reason };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return unansweredOf(error, facts, context.random());
  }
}

async function call({ serviceOf }: ActivityContext, { job }: CancelRequest): Promise<CancelReply> {
  const account = job.account ?? DEFAULT_ACCOUNT;
  const service = serviceOf(job.provider, account);
  if (service !== undefined) return throughGate(service, job);
  throw withoutStack({
    type: 'NoAccount',
    message: `this worker polls the cancel queue of ${job.provider} account ${account}, but has no such account`,
    nextRetryDelay: ODD_RETRY_MS,
  });
}

async function throughGate({ limiter, cancel }: JobService, job: JobRef): Promise<CancelReply> {
  const id = activityInfo().workflowExecution?.workflowId ?? '';
  try {
    return await limiter.through(id, 'cancel', async () => cancel(job, Context.current().cancellationSignal));
  } catch (error) {
    if (!(error instanceof DeferredError)) throw error;
    const { reason, waitMs } = error.deferral;
    throw new ProviderError('rate-limited', reason, { retryAfterMs: waitMs, cause: error });
  }
}

/** The endpoint did not see calls that failed so. */
const NEVER_ARRIVED: readonly FailureKind[] = ['rate-limited', 'rejected', 'not-found', 'unauthorized'];

function unansweredOf(error: ProviderError, facts: Facts, chance: number): CancelAnswer {
  const { kind, message, edge, retryAfterMs } = error;
  const { attempts } = facts;
  const mayHaveWorked = facts.mayHaveWorked || !NEVER_ARRIVED.includes(kind);
  const toMend = kind === 'rejected' || kind === 'not-found' || kind === 'unauthorized';
  const backoffMs = troubleIntervalMs({ inRow: attempts, edgeInRow: attempts, edge, retryAfterMs }, chance);
  const retryInMs = toMend ? MEND_RETRY_MS : backoffMs;
  return { status: 'unanswered', reason: message, retryInMs, attempts, mayHaveWorked };
}
