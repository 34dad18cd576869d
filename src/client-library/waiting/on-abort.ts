interface Shared {
  readonly listeners: Set<() => void>;
  readonly callAll: () => void;
}

const SHARED = new WeakMap<AbortSignal, Shared>();

/**
 * Calls a listener when the signal aborts. Thousands of callers may share a signal. Node sees one listener, so it does not warn of a leak.
 * @returns removes the listener
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const { listeners, callAll } = SHARED.get(signal) ?? shared();
  if (listeners.size === 0) {
    SHARED.set(signal, { listeners, callAll });
    signal.addEventListener('abort', callAll);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) signal.removeEventListener('abort', callAll);
  };
}

function shared(): Shared {
  const listeners = new Set<() => void>();
  const callAll = (): void => {
    for (const listener of listeners) listener();
  };
  return { listeners, callAll };
}
