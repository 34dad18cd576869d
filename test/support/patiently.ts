import { UnreachableError } from '../../src/client.ts';
import { GRPC, grpcCodeOf } from '../../src/client-library/grpc.ts';

const TRIES = 60;

function isTooBusy(error: unknown): boolean {
  return error instanceof UnreachableError || grpcCodeOf(error) === GRPC.DEADLINE_EXCEEDED;
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
