import { QueryNotRegisteredError, QueryRejectedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Problem } from '../contract/problem.ts';
import { detailsOf, GRPC, grpcCodeOf, isPassing, refusalOf } from './grpc.ts';

/** An input with problems, each of one field. */
class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = [], options?: ErrorOptions) {
    super(message, options);
    this.problems = problems;
  }
}

/** The input is wrong. `problems` has each wrong field. Nothing is tracked. */
export class InvalidJobError extends InputError {
  override readonly name = 'InvalidJobError';
}

/** The filter is wrong, or Temporal refuses it. `problems` has each field that is known to be wrong. */
export class InvalidFilterError extends InputError {
  override readonly name = 'InvalidFilterError';
}

/** Temporal has no workflow with this id. It was never started, or it was deleted after the namespace's retention time. */
export class NotTrackedError extends Error {
  override readonly name = 'NotTrackedError';
  readonly workflowId: string;

  constructor(workflowId: string, options?: ErrorOptions) {
    super(
      `${workflowId} is not tracked: it was never started, or it ended so long ago that the namespace has deleted it`,
      options,
    );
    this.workflowId = workflowId;
  }
}

/** The workflow was ended from outside. There is no outcome, and the job may still run at the service. */
export class TrackingTerminatedError extends Error {
  override readonly name = 'TrackingTerminatedError';
  readonly workflowId: string;

  constructor(workflowId: string, how: string, options?: ErrorOptions) {
    super(`tracking of ${workflowId} ${how}; to track the job further, track it again`, options);
    this.workflowId = workflowId;
  }
}

/** Temporal refuses the call or does not answer, or no worker answers. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  /** What does not answer. */
  readonly what: 'temporal' | 'worker';
  /** What to do, as a clause. */
  readonly hint: string;

  constructor(what: 'temporal' | 'worker', message: string, options: { hint: string } & ErrorOptions) {
    super(message, options);
    this.what = what;
    this.hint = options.hint;
  }
}

/** The workflow and task queue of a failed call. */
export interface Asked {
  workflowId: string;
  taskQueue: string;
  /** The call needs a worker, as queries and updates do. */
  needsWorker: boolean;
}

/** @returns our error for an error of the SDK; an error that has no meaning here, as it is */
export function translated(error: unknown, { workflowId, taskQueue, needsWorker }: Asked): unknown {
  const code = grpcCodeOf(error);
  if (error instanceof WorkflowNotFoundError || code === GRPC.NOT_FOUND)
    return new NotTrackedError(workflowId, { cause: error });
  const isSilent = needsWorker && SILENT.includes(code ?? 0);
  if (!isSilent && !(error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError))
    return translatedServerError(error);
  const hint = `start one with 'jobtrack worker', and check that it polls task queue ${taskQueue}`;
  return new UnreachableError('worker', `no worker answers for ${workflowId}`, { hint, cause: error });
}

/** The codes of a call that no worker answers. */
const SILENT: readonly number[] = [GRPC.DEADLINE_EXCEEDED, GRPC.FAILED_PRECONDITION, GRPC.CANCELLED];

/** As `translated`, for a call that does not concern one workflow. */
export function translatedServerError(error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal !== null) return refused(refusal, { cause: error });
  const code = grpcCodeOf(error);
  if (code === GRPC.UNAVAILABLE || code === GRPC.DEADLINE_EXCEEDED)
    return new UnreachableError('temporal', 'Temporal cannot be reached', { hint: NO_SERVER_HINT, cause: error });
  if (!isPassing(error)) return error;
  // Such as overload or a restart. The SDK has retried the call already.
  const isLimit = code === GRPC.RESOURCE_EXHAUSTED;
  const hint = isLimit ? LIMIT_HINT : 'try again; if it stays so, look at the server';
  return new UnreachableError('temporal', `Temporal refuses this now: ${detailsOf(error)}`, { hint, cause: error });
}

/** @returns whether the same call may succeed later: an outage, but not a refused credential */
export function isOutage(error: unknown): error is UnreachableError {
  return error instanceof UnreachableError && refusalOf(error) === null;
}

/**
 * @param text the server's own text, perhaps empty
 * @param context the server's address for the message, and the cause
 */
export function refused(text: string, context: { address?: string; cause?: unknown } = {}): UnreachableError {
  const { address, cause } = context;
  const where = address === undefined ? '' : ` at ${address}`;
  const why = text === '' ? '' : `: ${text.replace(/\.$/, '')}`;
  const hint = 'check TEMPORAL_API_KEY or the client certificate, and that it may do this in TEMPORAL_NAMESPACE';
  return new UnreachableError('temporal', `Temporal${where} refuses the credential${why}`, { hint, cause });
}

/** The hint of an error, if a limit of the server refuses the call. */
const LIMIT_HINT = "try again later, with fewer calls at once; or raise the server's limits for this namespace";

/** The hint of an error, if no server answers. */
export const NO_SERVER_HINT =
  "check TEMPORAL_ADDRESS and that the server runs; 'jobtrack up' starts one for development";
