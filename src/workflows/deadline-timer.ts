import { condition } from '@temporalio/workflow';
import { wakeAtMs } from '../tracking/decide.ts';
import type { Run } from './run.ts';

/** Keeps one durable timer for the nearest deadline. An earlier deadline replaces it. A later one gets a timer after this one has fired. */
export async function keepDeadlines(run: Run): Promise<void> {
  const nextMs = (): number => wakeAtMs(run.track, Date.now()) ?? Number.POSITIVE_INFINITY;
  for (;;) {
    await condition(() => nextMs() < Number.POSITIVE_INFINITY);
    const dueAtMs = nextMs();
    const waitMs = Math.max(1, dueAtMs - Date.now());
    const isEarlier = (): boolean => nextMs() < dueAtMs;
    if (await condition(isEarlier, waitMs, { summary: 'nearest limit' })) continue;
    run.record({ type: 'timePassed' });
  }
}
