/** Why a hold's wait ended. `overtaken`: a newer call polls the same job. `released`: the worker shuts down. */
export type WaitEnd = 'due' | 'cancelled' | 'overtaken' | 'released';

/** One attempt of a status activity on this worker. */
export interface Turn {
  /** Aborts when the attempt is cancelled or overtaken: no request of it matters any more. */
  readonly signal: AbortSignal;
  /** True while this worker may wait out intervals itself; false: shutting down, or too many waits already. */
  readonly mayHold: () => boolean;
  readonly wait: (ms: number) => Promise<WaitEnd>;
  readonly end: () => void;
}

/**
 * The attempts that poll on this worker, by workflow. A newer attempt for a workflow ends the older one at once: the server tells a
 * holding attempt of its cancel only at a heartbeat, and two must not poll one job.
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
  const released = new AbortController();
  let waiting = 0;
  return {
    begin: (workflowId, cancelled) => {
      newest.get(workflowId)?.abort();
      const overtaken = new AbortController();
      newest.set(workflowId, overtaken);
      return {
        signal: AbortSignal.any([cancelled, overtaken.signal]),
        mayHold: () => !released.signal.aborted && waiting < maxHolds,
        wait: async (ms) => {
          waiting++;
          try {
            return await firstOf(ms, { cancelled, overtaken: overtaken.signal, released: released.signal });
          } finally {
            waiting--;
          }
        },
        end: () => {
          if (newest.get(workflowId) === overtaken) newest.delete(workflowId);
        },
      };
    },
    release: () => released.abort(),
    waiting: () => waiting,
  };
}

type Signals = Record<Exclude<WaitEnd, 'due'>, AbortSignal>;

function firstOf(ms: number, signals: Signals): Promise<WaitEnd> {
  return new Promise((resolve) => {
    const entries = Object.entries(signals) as [keyof Signals, AbortSignal][];
    const listeners = entries.map(([end, signal]) => ({ signal, listener: () => finish(end) }));
    const finish = (end: WaitEnd): void => {
      clearTimeout(timer);
      for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener);
      resolve(end);
    };
    const timer = setTimeout(() => finish('due'), ms);
    for (const { signal, listener } of listeners) signal.addEventListener('abort', listener);
    const over = entries.find(([, signal]) => signal.aborted);
    if (over !== undefined) finish(over[0]);
  });
}
