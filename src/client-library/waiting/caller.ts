import type { AsyncResource } from 'node:async_hooks';
import type { JobOutcome } from '../../contract/index.ts';
import type { Execution } from '../execution.ts';
import type { createOutage } from '../patience.ts';
import type { Requests } from './requests.ts';
import { failed, type Wait, type Waits } from './waits.ts';

/** A job whose end a caller waits for. Both calls may throw the errors of `result()`. */
export interface AwaitedJob {
  readonly workflowId: string;
  /** Describes a run. Without a run id it takes the latest run. */
  readonly describe: (runId?: string) => Promise<Pick<Execution, 'runId' | 'firstRunId' | 'status' | 'closedAt'>>;
  /** Waits for the end of a run, and of the runs that continue it, by long polls. Without a run id it takes the latest run. */
  readonly outcome: (runId?: string) => Promise<JobOutcome>;
}

/** One caller of `result()`. */
export interface Caller {
  readonly job: AwaitedJob;
  readonly wait: Wait;
  readonly outage: ReturnType<typeof createOutage>;
  /** Requests run in the context of the caller. It may have a deadline or headers of the SDK. */
  readonly context: AsyncResource;
  /** The request that is under way. */
  request: AbortController | null;
  resolve: (outcome: JobOutcome) => void;
  reject: (error: unknown) => void;
}

/** Makes a request of a caller. `caller.request` can abort it. */
export function ask<T>({ abortable }: Requests, caller: Caller, call: () => Promise<T>): Promise<T> {
  caller.request = new AbortController();
  const { signal } = caller.request;
  return caller.context.runInAsyncScope(() => abortable(signal, call));
}

/** Reports the end of an outage, if there is one. */
export function answered(caller: Caller): void {
  if (caller.wait.phase === 'left') return;
  try {
    caller.outage.answered();
  } catch (error) {
    caller.reject(error); // that of the caller's own `onTrouble`
  }
}

/** Reports a failed request to a caller. The wait ends, unless this is an outage within the caller's patience. */
export function report(caller: Caller, error: unknown): void {
  try {
    caller.outage.failed(error);
  } catch (final) {
    caller.reject(final);
  }
}

/** Records that a request of this caller failed. */
export function troubled(waits: Waits, caller: Caller, error: unknown): void {
  if (caller.wait.phase === 'left') return;
  report(caller, error);
  failed(waits, caller.wait, performance.now());
}
