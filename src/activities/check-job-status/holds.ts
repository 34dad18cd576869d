/** Why a hold's wait ended. `superseded`: a newer call polls the same job. `released`: the worker shuts down. */
export type WaitEnd = 'due' | 'cancelled' | 'superseded' | 'released';

/** One attempt of a status activity on this worker. */
export interface Turn {
  /** Aborts when the attempt is cancelled or superseded: its requests no longer matter. */
  readonly signal: AbortSignal;
  /** True while this worker may wait out intervals itself; false: shutting down, or too many waits already. */
  readonly mayHold: () => boolean;
  readonly wait: (ms: number) => Promise<WaitEnd>;
  readonly end: () => void;
}

/**
 * The attempts that poll on this worker, by workflow. A newer attempt of a workflow ends the older one at once: two attempts must not poll
 * one job, and a hold learns of its cancel only at a heartbeat.
 */
export interface Holds {
  readonly begin: (workflowId: string, cancelled: AbortSignal) => Turn;
  /** Ends every wait, now and later: each attempt gives its interval back to the server. */
  readonly release: () => void;
  /** Waits under way. */
  readonly waiting: () => number;
}

export function createHolds(maxHolds: number): Holds {
  const newest = new Map<string, AbortController>();
  const waits = new Set<(end: WaitEnd) => void>();
  let isReleased = false;
  return {
    begin: (workflowId, cancelled) => {
      newest.get(workflowId)?.abort();
      const superseded = new AbortController();
      newest.set(workflowId, superseded);
      return {
        signal: AbortSignal.any([cancelled, superseded.signal]),
        mayHold: () => !isReleased && waits.size < maxHolds,
        wait: (ms) => {
          if (isReleased) return Promise.resolve('released');
          return firstOf(ms, { cancelled, superseded: superseded.signal }, waits);
        },
        end: () => {
          if (newest.get(workflowId) === superseded) newest.delete(workflowId);
        },
      };
    },
    release: () => {
      isReleased = true;
      for (const finish of waits) finish('released');
    },
    waiting: () => waits.size,
  };
}

type Signals = Record<Exclude<WaitEnd, 'due' | 'released'>, AbortSignal>;

/** @param waits all waits, so that `release` can end them. One abort signal for all would have too many listeners, and Node would warn */
function firstOf(ms: number, signals: Signals, waits: Set<(end: WaitEnd) => void>): Promise<WaitEnd> {
  return new Promise((resolve) => {
    const entries = Object.entries(signals) as [keyof Signals, AbortSignal][];
    const listeners = entries.map(([end, signal]) => ({ signal, listener: () => finish(end) }));
    const finish = (end: WaitEnd): void => {
      clearTimeout(timer);
      waits.delete(finish);
      for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener);
      resolve(end);
    };
    const timer = setTimeout(() => finish('due'), ms);
    waits.add(finish);
    for (const { signal, listener } of listeners) signal.addEventListener('abort', listener);
    const over = entries.find(([, signal]) => signal.aborted);
    if (over !== undefined) finish(over[0]);
  });
}
