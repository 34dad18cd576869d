import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Second } from '../polling/overload.ts';

const EVERY_MS = 1_000;
/** The timer by which Node measures. It is part of each value. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/**
 * Measures each second how late and how busy the event loop of this thread is. One pause in a second, such as a garbage collection, does not
 * make it late: there are 100 values in a second, and their 99th percentile counts.
 * @returns a function that stops it
 */
export function watchEventLoop(onSecond: (second: Pick<Second, 'tookMs' | 'lagMs' | 'busy'>) => void): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let atMs = performance.now();
  let used = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const [nowMs, usedNow] = [performance.now(), performance.eventLoopUtilization()];
    const tookMs = nowMs - atMs;
    // `reset` forgets a delay that lasts now. Then this timer is late, too.
    const lagMs = Math.max(0, delays.percentile(99) / NS_PER_MS - RESOLUTION_MS, tookMs - EVERY_MS);
    const { utilization: busy } = performance.eventLoopUtilization(usedNow, used);
    [atMs, used] = [nowMs, usedNow];
    delays.reset();
    onSecond({ tookMs, lagMs, busy });
  }, EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    delays.disable();
  };
}
