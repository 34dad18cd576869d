import { condition } from '@temporalio/workflow';
import { wakeAtMs } from '../tracking/endings.ts';
import type { Track, TrackEvent } from '../tracking/track.ts';

/** Keeps one durable timer for the nearest limit; an earlier one replaces it, a later one is set when it has fired too soon. */
export async function keepTime(current: () => Track, record: (event: TrackEvent) => void): Promise<void> {
  const nextMs = (): number => wakeAtMs(current(), Date.now()) ?? Number.POSITIVE_INFINITY;
  for (;;) {
    await condition(() => nextMs() < Number.POSITIVE_INFINITY);
    const dueAtMs = nextMs();
    const waitMs = Math.max(1, dueAtMs - Date.now());
    const isEarlier = (): boolean => nextMs() < dueAtMs;
    if (await condition(isEarlier, waitMs, { summary: 'nearest limit' })) continue;
    record({ type: 'timePassed', atMs: Date.now() });
  }
}
