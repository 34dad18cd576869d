import { QueryNotRegisteredError, QueryRejectedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Problem } from '../contract/problem.ts';
import { detailsOf, GRPC, grpcCodeOf, isPassing, refusalOf } from './grpc.ts';

/** The input is wrong; `problems` name each field. Nothing is tracked. */
export class InvalidJobError extends Error {
  override readonly name = 'InvalidJobError';
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = []) {
    super(message);
    this.problems = problems;
  }
}

/** Jobs cannot be searched for like that; `problems` name each field of the filter that is known to be wrong. */
export class InvalidFilterError extends Error {
  override readonly name = 'InvalidFilterError';
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[] = [], options?: ErrorOptions) {
    super(message, options);
    this.problems = problems;
  }
}

/** No workflow of this id is known: never tracked, or forgotten after the namespace's retention. */
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

/** Somebody ended the workflow from outside: there is no outcome, and the job may go on at the service. */
export class TrackingTerminatedError extends Error {
  override readonly name = 'TrackingTerminatedError';
  readonly workflowId: string;

  constructor(workflowId: string, how: string, options?: ErrorOptions) {
    super(`tracking of ${workflowId} ${how}; to track the job further, track it again`, options);
    this.workflowId = workflowId;
  }
}

/** Temporal, or a worker that could answer, cannot be reached. `hint`: what to do. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly what: 'temporal' | 'worker';
  readonly hint: string;

  constructor(what: 'temporal' | 'worker', message: string, told: { hint: string } & ErrorOptions) {
    super(message, told);
    this.what = what;
    this.hint = told.hint;
  }
}

export interface Asked {
  workflowId: string;
  taskQueue: string;
  /** The call needs a worker, as queries and updates do. */
  needsWorker: boolean;
}

/** Turns what the SDK threw into one of ours; whatever is none of ours is handed on as it is. */
export function translated(error: unknown, asked: Asked): unknown {
  if (error instanceof WorkflowNotFoundError) return new NotTrackedError(asked.workflowId, { cause: error });
  const workerHint = `start one with 'jobtrack worker', and check that it polls task queue ${asked.taskQueue}`;
  const told = { hint: workerHint, cause: error };
  const noWorker = new UnreachableError('worker', `no worker answers for ${asked.workflowId}`, told);
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return noWorker;
  const code = grpcCodeOf(error);
  if (code === GRPC.NOT_FOUND) return new NotTrackedError(asked.workflowId, { cause: error });
  if (
    asked.needsWorker &&
    (code === GRPC.DEADLINE_EXCEEDED || code === GRPC.FAILED_PRECONDITION || code === GRPC.CANCELLED)
  )
    return noWorker;
  return translatedServerError(error);
}

/** As `translated`, for a call that is about no one workflow. */
export function translatedServerError(error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal !== null) return refused(refusal, { cause: error });
  const code = grpcCodeOf(error);
  if (code === GRPC.UNAVAILABLE || code === GRPC.DEADLINE_EXCEEDED) return noTemporal(error);
  return isPassing(error) ? notNow(error) : error;
}

/** @returns whether the same call may do later: nothing answers now. A credential that is refused stays so. */
export function isAway(error: unknown): error is UnreachableError {
  return error instanceof UnreachableError && refusalOf(error) === null;
}

/** @param told what the server said, and where it is, as it shall be named */
export function refused(said: string, told: { address?: string | undefined; cause?: unknown } = {}): UnreachableError {
  const { address, cause } = told;
  const where = address === undefined ? '' : ` at ${address}`;
  const why = said === '' ? '' : `: ${said.replace(/\.$/, '')}`;
  const hint = 'check TEMPORAL_API_KEY or the client certificate, and that it may do this in TEMPORAL_NAMESPACE';
  return new UnreachableError('temporal', `Temporal${where} refuses the credential${why}`, { hint, cause });
}

export const NO_SERVER_HINT =
  "check TEMPORAL_ADDRESS and that the server runs; 'jobtrack up' starts one for development";

/** What the SDK has tried again already, as a server that is overloaded or restarts says it. */
function notNow(error: unknown): UnreachableError {
  const message = `Temporal refuses this now: ${detailsOf(error)}`;
  return new UnreachableError('temporal', message, {
    hint: 'try again; if it stays so, look at the server',
    cause: error,
  });
}

function noTemporal(error: unknown): UnreachableError {
  return new UnreachableError('temporal', 'Temporal cannot be reached', { hint: NO_SERVER_HINT, cause: error });
}
