import { NativeConnection } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.ts';
import { pollersOf } from '../../src/worker-host/pollers.ts';
import { devServerExecutable } from '../support/servers.ts';

const PARTITIONS = 4;
const WORKERS = 12;

let server: DevServer;
let connection: NativeConnection;
beforeAll(async () => {
  const dynamicConfig = {
    'matching.numTaskqueueReadPartitions': PARTITIONS,
    'matching.numTaskqueueWritePartitions': PARTITIONS,
  };
  server = await startDevServer({ executable: await devServerExecutable(), dynamicConfig });
  connection = await NativeConnection.connect({ address: server.address });
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

test('I8: each worker of a queue with several partitions is seen, whatever partition its only poller got', async () => {
  const taskQueue = `seen-${randomUUID()}`;
  const identities = Array.from({ length: WORKERS }, (_, index) => `w${String(index).padStart(2, '0')}`);
  const poll = (identity: string) =>
    connection.workflowService.pollActivityTaskQueue({
      namespace: 'default',
      taskQueue: { name: taskQueue },
      identity,
    });
  void Promise.allSettled(identities.map(poll)); // they end with the server
  const seen = async (): Promise<string[]> => {
    const pollers = await pollersOf({ connection, namespace: 'default' }, { taskQueue, type: 'activity' });
    return [...new Set(pollers.map(({ identity }) => identity))].toSorted();
  };
  await expect.poll(seen).toEqual(identities);
});
