import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { getClient, operationInfo, startWorkflow } from '@temporalio/nexus';
import {
  HandlerError,
  type HandlerErrorType,
  HandlerStartOperationResult,
  OperationError,
  type OperationHandler,
  type ServiceHandler,
  serviceHandler,
  type StartOperationContext,
} from 'nexus-rpc';
import { InvalidJobError, NotTrackedError } from '../client-library/errors.ts';
import { messageOf } from '../client-library/grpc.ts';
import type { JobTracker } from '../client-library/job-tracker.ts';
import { inputOf } from '../client-library/options.ts';
import { attachingOptionsOf, startOrAttach } from '../client-library/start.ts';
import { type JobOutcome, type TrackJobInput, wire } from '../contract/index.ts';
import { workflowIdOf } from '../contract/job-id.ts';
import { isRecord } from '../contract/json.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { jobTrackerService } from '../nexus/service.ts';

/** What the handler uses. */
interface HandlerSetup {
  readonly tracker: JobTracker;
  readonly table: ProviderTable;
}

/** A synchronous operation must answer within 10 s. */
const CANCEL_WAIT_MS = 5_000;

/** Serves `jobTrackerService` on the queue of the workflows. */
export function createNexusHandler(setup: HandlerSetup): ServiceHandler<typeof jobTrackerService.operations> {
  const { tracker } = setup;
  return serviceHandler(jobTrackerService, {
    track: trackHandler(setup),
    progress: async (_, job) => answered(() => tracker.get(job).progress()),
    cancel: async (_, { job, waitForMs = CANCEL_WAIT_MS, ...options }) =>
      answered(() => tracker.get(job).cancel({ ...options, waitForMs: Math.min(waitForMs, CANCEL_WAIT_MS) })),
  });
}

function trackHandler({ table }: Pick<HandlerSetup, 'table'>): OperationHandler<TrackJobInput, JobOutcome> {
  return {
    start: (ctx, { job, ...options }) =>
      answered(async () => {
        const input = inputOf(job, options, table);
        const start = {
          client: getClient(),
          taskQueue: operationInfo().taskQueue,
          workflowId: workflowIdOf(job, table),
          input,
        };
        const isOpen = await startOrAttach(start, false, (reuse) =>
          startWorkflow(ctx, wire.workflow, attachingOptionsOf(start, reuse)),
        );
        const token = tokenOf({ wid: start.workflowId, by: callerOf(ctx) });
        return isOpen ? HandlerStartOperationResult.async(token) : HandlerStartOperationResult.sync(await endOf(start));
      }),
    // Not Temporal's own cancel: the outcome says who cancelled the job, and the workflow can be asked again.
    cancel: (_, token) =>
      answered(async () => {
        const { wid, by } = readToken(token);
        const request = { reason: 'its Nexus operation was cancelled', ...(by === undefined ? {} : { by }) };
        await getClient().workflow.getHandle(wid).signal(wire.signals.cancel, request);
      }),
  };
}

/** @returns the outcome of an ended workflow @throws OperationError: a workflow that failed makes the operation fail in the same way */
async function endOf({
  client,
  workflowId,
}: {
  client: ReturnType<typeof getClient>;
  workflowId: string;
}): Promise<JobOutcome> {
  try {
    return (await client.workflow.getHandle(workflowId).result()) as JobOutcome;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) || error.cause === undefined) throw error;
    const state = error.cause instanceof CancelledFailure ? 'canceled' : 'failed';
    throw new OperationError(state, messageOf(error.cause), { cause: error.cause });
  }
}

/** @throws HandlerError of a kind that says whether the caller's server should try again */
async function answered<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (WRONG.some((kind) => error instanceof kind)) throw handlerError('BAD_REQUEST', error);
    if (error instanceof NotTrackedError) throw handlerError('NOT_FOUND', error);
    throw error;
  }
}

/** Errors that a repetition does not change. */
const WRONG = [InvalidJobError, RangeError, SyntaxError];

function handlerError(type: HandlerErrorType, error: unknown): HandlerError {
  return new HandlerError(type, messageOf(error));
}

/** What the token of an operation says. `by`: the caller; missing in tokens that the SDK made. */
interface Token {
  readonly wid: string;
  readonly by?: string | undefined;
}

function tokenOf(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Reads our tokens and those of the SDK. It writes one if the job ends before the start of the operation is recorded. */
function readToken(token: string): Token {
  const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
  const { wid, by } = isRecord(read) ? read : {};
  if (typeof wid !== 'string') throw new RangeError('the token is not of an operation of this service');
  return { wid, by: typeof by === 'string' ? by : undefined };
}

/** @returns the calling workflow as `<namespace>/<workflow id>`; undefined: the caller is no workflow */
function callerOf({ inboundLinks }: StartOperationContext): string | undefined {
  for (const { url } of inboundLinks) {
    const [, namespace, workflowId] = /^\/namespaces\/([^/]+)\/workflows\/([^/]+)\//.exec(url.pathname) ?? [];
    if (namespace !== undefined && workflowId !== undefined) {
      return `${decodeURIComponent(namespace)}/${decodeURIComponent(workflowId)}`;
    }
  }
  return undefined;
}
