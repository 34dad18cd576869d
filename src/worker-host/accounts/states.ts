/** How to keep states. `now`: the clock, ms. */
interface StatesSetup<State> {
  readonly make: (key: string) => State;
  readonly drop: (state: State) => void;
  readonly now: () => number;
}

/** A state is dropped after this time without use, ms. */
export const IDLE_MS = 15 * 60_000;
/** The most states. Above it, the one that was unused for the longest time goes first. */
export const MAX_STATES = 10_000;

interface Kept<State> {
  readonly state: State;
  usedAtMs: number;
  /** Calls under way. A state with one is never dropped. */
  calls: number;
}

/** Keeps one state per account. It is made at its first use, and dropped when it was unused for long. */
export function createStates<State>({ make, drop, now }: StatesSetup<State>) {
  const kept = new Map<string, Kept<State>>(); // the longest unused first
  const prune = (): void => {
    const idleSinceMs = now() - IDLE_MS;
    for (const [key, { state, usedAtMs, calls }] of kept) {
      if (usedAtMs > idleSinceMs && kept.size <= MAX_STATES) break;
      if (calls === 0 && kept.delete(key)) drop(state);
    }
  };
  const use = (key: string): Kept<State> => {
    const known = kept.get(key);
    const used = known ?? { state: make(key), usedAtMs: 0, calls: 0 };
    used.usedAtMs = now();
    kept.delete(key);
    kept.set(key, used);
    if (known === undefined) prune();
    return used;
  };
  return {
    /** @returns the state; it is made if there is none */
    of: (key: string): State => use(key).state,
    /** @returns the state if there is one. This is no use */
    peek: (key: string): State | undefined => kept.get(key)?.state,
    /** Makes a call with the state, which is kept until the call has ended. */
    during: async <Value>(key: string, call: (state: State) => Promise<Value>): Promise<Value> => {
      const used = use(key);
      used.calls += 1;
      try {
        return await call(used.state);
      } finally {
        used.calls -= 1;
        used.usedAtMs = now();
      }
    },
    /** Drops what was unused for long. */
    prune,
    all: (): [key: string, state: State][] => [...kept].map(([key, { state }]) => [key, state]),
    close: (): void => {
      for (const { state } of kept.values()) drop(state);
      kept.clear();
    },
  };
}
