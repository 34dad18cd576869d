/** Why a hold's wait ended. `superseded`: a newer call polls the same job. `released`: the worker shuts down. */
type WaitEnd = 'due' | 'cancelled' | 'superseded' | 'released';

/** Starts a wait, and calls `onDue` at its regular end. @returns a function that gives it up; it has no effect after the end */
export type WaitStart = (onDue: () => void) => () => void;

export type Holds = ReturnType<typeof createHolds>;

/** One attempt of a status activity on this worker. */
export type Turn = ReturnType<Holds['begin']>;

/**
 * The attempts that poll on this worker, by workflow. A newer attempt of a workflow ends the older one at once: two attempts must not poll
 * one job, and a hold learns of its cancel only at a heartbeat.
 */
export function createHolds(maxHolds: number) {
  const newest = new Map<string, AbortController>();
  const waits = new Set<(end: WaitEnd) => void>();
  let isReleased = false;
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
        wait: async (start: WaitStart): Promise<WaitEnd> =>
          isReleased ? 'released' : endOfWait(start, { cancelled, signal }, waits),
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

/** @returns a wait of this length */
export function forMs(ms: number): WaitStart {
  return (onDue) => {
    const timer = setTimeout(onDue, ms);
    return () => clearTimeout(timer);
  };
}

/** @param waits all waits, so that `release` can end them. One abort signal for all would have too many listeners, and Node would warn */
async function endOfWait(
  start: WaitStart,
  { cancelled, signal }: Record<'cancelled' | 'signal', AbortSignal>,
  waits: Set<(end: WaitEnd) => void>,
): Promise<WaitEnd> {
  return new Promise((resolve) => {
    const finish = (end: WaitEnd): void => {
      giveUp();
      waits.delete(finish);
      signal.removeEventListener('abort', onAbort);
      resolve(end);
    };
    const onAbort = (): void => finish(cancelled.aborted ? 'cancelled' : 'superseded');
    const giveUp = start(() => finish('due'));
    waits.add(finish);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}
