/** What has been started and must be stopped, in reverse order. */
export interface Teardown {
  add: (stop: () => unknown) => void;
  /** Stops everything; one that fails to stop does not keep the others. */
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
          // gone already, or as good as gone: the process ends next
        }
      }
    },
  };
}
