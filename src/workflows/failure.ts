import { ActivityFailure, ApplicationFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/workflow';
import { type JobOutcome, wire } from '../contract/index.ts';
import { isRecord } from '../contract/json.ts';
import { plainText } from '../contract/text.ts';

const MAX_SAID = 500;

/** @returns the failure of an activity. The SDK does not wrap every failure of a local activity in an `ActivityFailure`. */
export function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}

/** @returns the message of the cause, as plain text; `otherwise` if the cause is no error */
export function saidBy(cause: unknown, otherwise: string): string {
  return cause instanceof Error ? plainText(cause.message, MAX_SAID) : otherwise;
}

/** @returns true if no worker took the activity in time */
export function isUnserved(cause: unknown): boolean {
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

/**
 * @param cause why tracking failed, as its caller in another workflow sees it
 * @returns the outcome in it
 * @throws ApplicationFailure `TrackingTerminated` if tracking was ended from outside; any other cause
 */
export function outcomeIn(cause: unknown, tracked: string): JobOutcome {
  if (cause instanceof ApplicationFailure && cause.type !== wire.invalidJob) {
    const [outcome] = cause.details ?? [];
    if (isRecord(outcome)) return outcome as unknown as JobOutcome;
    if (cause.cause instanceof ApplicationFailure) return outcomeIn(cause.cause, tracked); // Nexus wraps the end of an ended job
  }
  if (!(cause instanceof TerminatedFailure || cause instanceof TimeoutFailure)) throw cause;
  const message = `tracking of ${tracked} was ended from outside: ${cause.message}`;
  throw ApplicationFailure.create({ message, type: wire.trackingTerminated, nonRetryable: true });
}
