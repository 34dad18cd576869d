import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
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
