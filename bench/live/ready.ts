import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../src/embedded/child.ts';

/** Waits until the worker behind this port answers that it polls every queue. @returns the time, ms since the epoch */
export async function untilReady(healthPort: number, worker: Promise<Child>): Promise<number> {
  const life = { ended: false };
  void worker.then(async ({ exited }) => exited).then(() => (life.ended = true));
  while (!life.ended) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => null);
    if (answer?.ok === true) return Date.now();
    await sleep(20);
  }
  throw new Error(`the worker ended: ${(await worker).lastLines().join('\n')}`);
}
