import { isGrpcDeadlineError, ServiceError } from '@temporalio/client';
import { UnreachableError } from '../../src/client.ts';

const TRIES = 60;

function isTooBusy(error: unknown): boolean {
  if (error instanceof UnreachableError || isGrpcDeadlineError(error)) return true;
  return error instanceof ServiceError && isGrpcDeadlineError(error.cause);
}

/** Asks again while the server or the workers are too busy to answer within some ten seconds: no judgement of speed. */
export async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !isTooBusy(error)) throw error;
    }
  }
}
