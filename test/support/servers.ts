import { startDevServer, type DevServer } from '../../src/embedded/dev-server.ts';
import { provisionDevServer, provisionTimeSkippingServer } from '../../src/embedded/provision.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of the run's one development server; its namespace is `default`. */
    temporalAddress: string;
    /** The development server's executable, for tests that start, kill and restart one of their own. */
    temporalExecutable: string;
    /** The time-skipping test server's executable. */
    timeSkippingExecutable: string;
  }
}

export const testDynamicConfig = {
  'history.timerProcessorMaxTimeShift': '50ms', // else waits below 1 s take 1 s
};

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export async function devServerExecutable(): Promise<string> {
  return (await provisionDevServer({ env: process.env, say })).path;
}

export async function timeSkippingExecutable(): Promise<string> {
  return (await provisionTimeSkippingServer({ env: process.env, say })).path;
}

type Shared = { server: Promise<DevServer>; users: number };
type SharedSlot = { jobtrackTestServer?: Shared };

/**
 * Starts the one development server of a test run, or joins it: vitest loads its global setups once for each project,
 * so what they share hangs on globalThis.
 */
export async function useSharedDevServer(): Promise<{ address: string; release: () => Promise<void> }> {
  const slot = globalThis as SharedSlot;
  const shared = (slot.jobtrackTestServer ??= { server: start(), users: 0 });
  shared.users += 1;
  const { address } = await shared.server;
  return {
    address,
    async release() {
      shared.users -= 1;
      if (shared.users > 0) return;
      delete slot.jobtrackTestServer;
      await (await shared.server).stop();
    },
  };
}

async function start(): Promise<DevServer> {
  return startDevServer({ executable: await devServerExecutable(), dynamicConfig: testDynamicConfig });
}
