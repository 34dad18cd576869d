import { UnreachableError } from '../../src/client.ts';

const TRIES = 60;

/** Asks again while the server or the workers are too busy to answer within the client's ten seconds: no judgement of speed. */
export async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !(error instanceof UnreachableError)) throw error;
    }
  }
}
