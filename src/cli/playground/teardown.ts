import type { CommandContext } from '../command.ts';
import type { ExitCode } from '../exit.ts';

/** Collects what must be stopped at the end. */
export interface Teardown {
  add: (stop: () => unknown) => void;
  /** Stops everything in reverse order. If one fails to stop, the others are still stopped. */
  run: () => Promise<void>;
}

/** The work of a command that starts servers of its own. What it adds to `teardown` is stopped at its end. */
export type Play<Options> = (context: CommandContext, options: Options, teardown: Teardown) => Promise<ExitCode>;

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
