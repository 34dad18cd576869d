import { Client, Connection } from '@temporalio/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createJobTracker, type JobTracker, type TrackedJob } from '../../src/client.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { DEFAULT_TASK_QUEUE } from '../../src/contract/index.ts';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { testDynamicConfig } from '../support/servers.ts';
import { aSink } from '../unit/cli/builders.ts';

// No worker serves these jobs. The test itself writes their outcome, so only the server can return it.
let folder: string;
let port: number;
let server: DevServer;
let connection: Connection;
let tracker: JobTracker;

const startServer = (): Promise<DevServer> =>
  startDevServer({
    executable: inject('temporalExecutable'),
    dbFile: join(folder, 'temporal.db'),
    port,
    dynamicConfig: testDynamicConfig,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobtrack-restart-'));
  port = await freePort();
  server = await startServer();
  connection = await Connection.connect({ address: server.address });
  tracker = createJobTracker({ client: new Client({ connection }) });
});

afterAll(async () => {
  await connection.close();
  server.kill();
  await server.exited;
  await rm(folder, { recursive: true, force: true });
});

let count = 0;
async function aJob(): Promise<TrackedJob> {
  return tracker.track({ provider: 'docswrite', jobId: String((count += 1)) });
}

/** Ends the workflow as a worker would. */
async function end(tracked: TrackedJob): Promise<void> {
  const namespace = 'default';
  const taskQueue = { name: DEFAULT_TASK_QUEUE };
  const { workflowService } = connection;
  for (;;) {
    const task = await connection.withDeadline(Date.now() + 60_000, () =>
      workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity: 'by hand' }),
    );
    if (task.workflowExecution?.workflowId !== tracked.workflowId) continue;
    const data = Buffer.from(
      JSON.stringify({ status: 'completed', link: null, warnings: [], trackedForMs: 1, polls: 1 }),
    );
    const payloads = [{ metadata: { encoding: Buffer.from('json/plain') }, data }];
    const commands = [{ commandType: 4, completeWorkflowExecutionCommandAttributes: { result: { payloads } } }];
    await workflowService.respondWorkflowTaskCompleted({ namespace, taskToken: task.taskToken, commands });
    return;
  }
}

test('result() keeps waiting while the server is killed and started again, and says so', async () => {
  const tracked = await aJob();
  const told: (string | null)[] = [];
  const outcome = tracked.result({ onTrouble: (error) => told.push(error?.what ?? null) });
  server.kill();
  await server.exited;
  await expect.poll(() => told).toContain('temporal');
  server = await startServer();
  await expect.poll(() => told.at(-1)).toBeNull();
  await end(tracked);
  expect(await outcome).toMatchObject({ status: 'completed' });
});

test('forty results keep waiting while the server is killed and started again, and each says so', async () => {
  const jobs = await Promise.all(Array.from({ length: 40 }, aJob));
  const seen = jobs.map((): (string | null)[] => []);
  const stop = new AbortController();
  const results = jobs.map((job, index) =>
    job.result({ signal: stop.signal, onTrouble: (error) => seen[index]?.push(error?.what ?? null) }),
  );
  const others = Promise.allSettled(results.slice(0, -1));
  server.kill();
  await server.exited;
  await expect.poll(() => seen.every((what) => what.includes('temporal'))).toBe(true);
  server = await startServer();
  await expect.poll(() => seen.every((what) => what.at(-1) === null)).toBe(true);
  const last = jobs.at(-1);
  if (last !== undefined) await end(last);
  expect(await results.at(-1)).toMatchObject({ status: 'completed' });
  stop.abort('enough');
  expect((await others).every((one) => one.status === 'rejected' && one.reason === 'enough')).toBe(true);
});

test('jobtrack result needs no worker, keeps waiting while the server restarts, and says on stderr what it waits for', async () => {
  const tracked = await aJob();
  const [stdout, stderr] = [aSink(), aSink()];
  const env = { TEMPORAL_ADDRESS: server.address };
  const command = runCommandLine({ argv: ['result', tracked.workflowId, '--json'], env, stdout, stderr });
  const said = (): string => stderr.text();
  await expect.poll(said).toMatch(/no worker answers for job:docswrite:.*; waiting/);
  await server.stop();
  await expect.poll(said).toContain('Temporal cannot be reached; waiting');
  server = await startServer();
  await end(tracked);
  expect(await command).toBe(0);
  expect(JSON.parse(stdout.text())).toMatchObject({ status: 'completed' });
  expect(stdout.text().trim().split('\n')).toHaveLength(1);
});

test('result() ends by its signal', async () => {
  const stop = new AbortController();
  const stopped = (await aJob()).result({ signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
});
