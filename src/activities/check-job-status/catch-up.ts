import { LAG_MS } from '../../polling/overload.ts';

/** How long the event loop is observed, after it was behind, until it counts as on time again, ms. */
export const PROBE_MS = 20;

/** Knows whether the event loop is behind. After it was, it counts as on time again when one of its timers is on time. */
export function createCatchUp(onTime: () => void) {
  let isBehind = false;
  const probe = (): void => {
    const sinceMs = performance.now();
    setTimeout(() => {
      isBehind = performance.now() - sinceMs > PROBE_MS + LAG_MS;
      if (isBehind) probe();
      else onTime();
    }, PROBE_MS).unref();
  };
  return {
    isBehind: (): boolean => isBehind,
    /** The event loop was behind. */
    begin: (): void => {
      if (isBehind) return;
      isBehind = true;
      probe();
    },
  };
}
