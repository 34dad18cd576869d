import { setTimeout as sleep } from 'node:timers/promises';
import { UnreachableError } from '../../src/client.ts';
import { GRPC, grpcCodeOf } from '../../src/client-library/grpc.ts';

const TRIES = 60;
const PAUSE_MS = 200;

function isTooBusy(error: unknown): boolean {
  // The development server also gives this error if it could not read its database in time.
  const isLost = error instanceof Error && error.name === 'NamespaceNotFoundError';
  return isLost || error instanceof UnreachableError || grpcCodeOf(error) === GRPC.DEADLINE_EXCEEDED;
}

/** Repeats the call while the server or the workers are too busy to answer within about ten seconds. Tests do not check speed. */
export async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !isTooBusy(error)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
