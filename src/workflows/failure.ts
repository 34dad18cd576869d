import { ActivityFailure } from '@temporalio/workflow';
import { plainText } from '../contract/text.ts';

const MAX_SAID = 500;

/** @returns with what an activity failed; a local one's failure may come bare: the core wraps only that which a server has scheduled */
export function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}

/** @returns what the cause says, as plain text; `otherwise` where it is no error */
export function saidBy(cause: unknown, otherwise: string): string {
  return cause instanceof Error ? plainText(cause.message, MAX_SAID) : otherwise;
}
