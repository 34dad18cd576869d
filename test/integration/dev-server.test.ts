import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startDevServer } from '../../src/embedded/dev-server.ts';
import { isRunning } from '../support/scratch.ts';
import { testDynamicConfig } from '../support/servers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobtrack-dev-server-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withClient<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

test('a development server serves, stops completely, and finds its workflows again in the database file', async () => {
  const executable = inject('temporalExecutable');
  const dbFile = join(folder, 'temporal.db');
  const first = await startDevServer({ executable, dbFile, ui: true, dynamicConfig: testDynamicConfig });
  expect((await fetch(`${first.uiUrl}/healthz`)).status).toBe(200);
  await withClient(first.address, (client) =>
    client.workflow.start('nobodyServesThis', { workflowId: 'kept', taskQueue: 'dev-server-test' }),
  );
  await first.stop();
  expect(isRunning(first.pid)).toBe(false);

  const second = await startDevServer({ executable, dbFile, port: Number(first.address.split(':')[1]) });
  try {
    expect(second.uiUrl).toBeNull();
    const status = await withClient(
      second.address,
      async (client) => (await client.workflow.getHandle('kept').describe()).status.name,
    );
    expect(status).toBe('RUNNING');
  } finally {
    second.kill();
    await second.exited;
  }
  expect(isRunning(second.pid)).toBe(false);
});

test('a port that is in use is reported with the reason', async () => {
  const port = Number(inject('temporalAddress').split(':')[1]);
  await expect(startDevServer({ executable: inject('temporalExecutable'), port })).rejects.toThrow(
    `port ${port}: address already in use`,
  );
});
