/** Collects what must be stopped at the end. */
export interface Teardown {
  add: (stop: () => unknown) => void;
  /** Stops everything in reverse order. If one fails to stop, the others are still stopped. */
  run: () => Promise<void>;
}

export function createTeardown(): Teardown {
  const stops: (() => unknown)[] = [];
  return {
    add: (stop) => void stops.push(stop),
    run: async () => {
      for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
        try {
          await stop();
        } catch {
          // the process ends next, so it does not matter
        }
      }
    },
  };
}
