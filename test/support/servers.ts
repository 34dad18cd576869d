import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer } from '../../src/embedded/dev-server.ts';
import { provisionDevServer } from '../../src/embedded/provision.ts';
import { provisionTimeSkippingServer } from './time-skipping-server/provision.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of the shared development server of the test run. Its namespace is `default`. */
    temporalAddress: string;
    /** The executable of the development server, for tests that start, kill and restart their own server. */
    temporalExecutable: string;
    /** The executable of the time-skipping test server. */
    timeSkippingExecutable: string;
  }
}

export const testDynamicConfig = {
  'history.timerProcessorMaxTimeShift': '50ms', // without it, waits below 1 s take 1 s
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
 * Starts the shared development server of a test run, or uses the one that was started before. vitest loads its global setups once for
 * each project, so the shared server is kept in `globalThis`.
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

/** Uses a database file, without waiting for the disk. A server in memory loses its data if a transaction times out on a busy machine. */
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
