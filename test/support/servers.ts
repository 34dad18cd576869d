import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer } from '../../src/embedded/dev-server.ts';
import { provisionDevServer } from '../../src/embedded/provision.ts';
import { provisionTimeSkippingServer } from './time-skipping-server/provision.ts';

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

type Shared = { server: Promise<TestServer>; users: number };
type TestServer = { address: string; end: () => Promise<void> };
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
      await (await shared.server).end();
    },
  };
}

/** On a file, without waiting for the disk: a server that keeps all in memory loses it when a transaction times out on a busy machine. */
async function start(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-tests-'));
  const server = await startDevServer({
    executable: await devServerExecutable(),
    dbFile: join(folder, 'temporal.db'),
    pragmas: { journal_mode: 'WAL', synchronous: 'OFF' },
    dynamicConfig: testDynamicConfig,
  });
  const end = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true });
  };
  return { address: server.address, end };
}
