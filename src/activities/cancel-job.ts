import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import type { CancelAnswer, CancelRequest, Route } from '../contract/index.ts';
import { type FailureKind, ProviderError } from '../contract/failure.ts';
import { troubleIntervalMs } from '../polling/interval.ts';
import type { CancelReply, JobRef } from '../contract/job.ts';
import { DeferredError } from './account-limiter.ts';
import {
  type ActivityContext,
  hasMoved,
  type JobActivities,
  type JobService,
  noAccountHere,
  withoutStack,
  workflowIdHere,
} from './job-activities.ts';
import type { Traces } from './traces.ts';

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
    const { service, route } = await context.accountOf(request.job);
    if (hasMoved(request, route)) return { ...facts, ...movedTo(route) };
    if (service === null) throw noAccountHere(request.job);
    const answer = await answerOf({ ...context, service }, request, facts);
    if (answer.status !== request.reported) return { ...answer, ...(route === null ? {} : { route }) };
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

/** The workflow sends the cancel again, to the queue of the pool that serves the account now. */
function movedTo(route: Route): Omit<CancelAnswer & { status: 'unanswered' }, keyof Facts> {
  return { status: 'unanswered', reason: `pool ${route.pool} serves the account now`, retryInMs: 1_000, route };
}

interface Here extends Pick<ActivityContext, 'random' | 'traces'> {
  readonly service: JobService;
}

type Facts = Pick<CancelAnswer, 'attempts' | 'mayHaveWorked'>;

async function answerOf(here: Here, { job }: CancelRequest, facts: Facts): Promise<CancelAnswer> {
  try {
    return { ...facts, ...(await call(here, job)) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return unansweredOf(error, facts, here.random());
  }
}

async function call({ service, traces }: Here, job: JobRef): Promise<CancelReply> {
  try {
    return await service.limiter.through(workflowIdHere(), 'cancel', () => traced(service, traces, job));
  } catch (error) {
    if (!(error instanceof DeferredError)) throw error;
    const { reason, waitMs } = error.deferral;
    throw new ProviderError('rate-limited', reason, { retryAfterMs: waitMs, cause: error });
  }
}

/** Calls the cancel endpoint. Each call has a span. */
async function traced({ cancel }: JobService, traces: Traces, job: JobRef): Promise<CancelReply> {
  const { watch, record } = traces.begin('cancel', job);
  const attributes = { 'jobtrack.attempt': activityInfo().attempt };
  try {
    const reply = await cancel(job, Context.current().cancellationSignal, watch);
    const error = reply.status === 'accepted' ? null : reply.reason;
    record({ attributes: { ...attributes, 'jobtrack.cancel': reply.status }, error });
    return reply;
  } catch (error) {
    if (error instanceof ProviderError) {
      record({ attributes: { ...attributes, 'jobtrack.cancel': 'unanswered' }, error: error.message });
    }
    throw error;
  }
}

/** After these, a person must correct something first. */
const TO_MEND: readonly FailureKind[] = ['rejected', 'not-found', 'unauthorized'];

function unansweredOf(error: ProviderError, { attempts, mayHaveWorked }: Facts, chance: number): CancelAnswer {
  const { kind, message, edge, retryAfterMs } = error;
  const toMend = TO_MEND.includes(kind);
  const hasArrived = !toMend && kind !== 'rate-limited';
  const backoffMs = troubleIntervalMs({ inRow: attempts, edgeInRow: attempts, edge, retryAfterMs }, chance);
  const retryInMs = toMend ? MEND_RETRY_MS : backoffMs;
  return { status: 'unanswered', reason: message, retryInMs, attempts, mayHaveWorked: mayHaveWorked || hasArrived };
}
