/** Why a hold's wait ended. `superseded`: a newer call polls the same job. `released`: the worker shuts down. */
type WaitEnd = 'due' | 'cancelled' | 'superseded' | 'released';

export type Holds = ReturnType<typeof createHolds>;

/** One attempt of a status activity on this worker. */
export type Turn = ReturnType<Holds['begin']>;

/**
 * The attempts that poll on this worker, by workflow. A newer attempt of a workflow ends the older one at once: two attempts must not poll
 * one job, and a hold learns of its cancel only at a heartbeat.
 */
export function createHolds(maxHolds: number) {
  const newest = new Map<string, AbortController>();
  // One abort signal for all waits would have too many listeners, and Node would warn.
  const waits = new Set<(end: WaitEnd) => void>();
  let isReleased = false;
  const wait = async (ms: number, cancelled: AbortSignal, signal: AbortSignal): Promise<WaitEnd> => {
    if (isReleased) return 'released';
    return new Promise((resolve) => {
      const finish = (end: WaitEnd): void => {
        clearTimeout(timer);
        waits.delete(finish);
        signal.removeEventListener('abort', onAbort);
        resolve(end);
      };
      const onAbort = (): void => finish(cancelled.aborted ? 'cancelled' : 'superseded');
      const timer = setTimeout(() => finish('due'), ms);
      waits.add(finish);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  };
  return {
    begin: (workflowId: string, cancelled: AbortSignal) => {
      newest.get(workflowId)?.abort();
      const superseded = new AbortController();
      newest.set(workflowId, superseded);
      const signal = AbortSignal.any([cancelled, superseded.signal]);
      return {
        /** Aborts when the attempt is cancelled or superseded: its requests no longer matter. */
        signal,
        /** True while this worker may wait out intervals itself; false: shutting down, or too many waits already. */
        mayHold: () => !isReleased && waits.size < maxHolds,
        wait: async (ms: number) => wait(ms, cancelled, signal),
        end: () => {
          if (newest.get(workflowId) === superseded) newest.delete(workflowId);
        },
      };
    },
    /** Ends every wait, now and later: each attempt gives its interval back to the server. */
    release: () => {
      isReleased = true;
      for (const finish of waits) finish('released');
    },
    /** Waits under way. */
    waiting: () => waits.size,
  };
}
