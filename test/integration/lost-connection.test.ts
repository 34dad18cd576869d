import { NativeConnection } from '@temporalio/worker';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createTrackerWorker, LostConnectionError, type WorkerStatus } from '../../src/worker.ts';
import { startHealthServer } from '../../src/worker-host/health.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { sharedWorkflowBundle } from '../support/workflow-bundle.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let proxy: TcpProxy;
let connection: NativeConnection;

beforeEach(async () => {
  proxy = await startTcpProxy(inject('temporalAddress'));
  connection = await NativeConnection.connect({ address: proxy.address });
});

afterEach(async () => {
  await connection.close();
  await proxy.close();
});

test('a worker ends once the server has not answered for too long', async () => {
  const rig = await startDevServerRig({ serves: false });
  const workflowBundle = await sharedWorkflowBundle();
  const config = { ...rig.config, lostAfterMs: 2_000 };
  const worker = await createTrackerWorker({ connection, config, workflowBundle });
  const over = worker.run().catch((error: unknown) => error);
  expect(worker.status()).toMatchObject({ state: 'serving', connected: true });
  proxy.cut();
  const error = await over;
  expect(error).toBeInstanceOf(LostConnectionError);
  expect(String(error)).toMatch(/^LostConnectionError: Temporal has not answered for \d+ s \(.+\)\. The worker ends, /);
  expect(worker.status().state).toBe('stopped');
  await rig.close();
});

test('a worker without a connection is alive, but not ready', async () => {
  const status: WorkerStatus = {
    state: 'serving',
    warnings: [],
    connected: false,
    queues: [{ taskQueue: 'a', runState: 'RUNNING', polling: true, inFlight: 0 }],
    holding: 0,
    capacity: { cachedWorkflows: 100, holds: 100 },
  };
  const server = await startHealthServer('127.0.0.1:0', () => status);
  const codes = ['/healthz', '/readyz'].map(async (path) => (await fetch(`http://${server.address}${path}`)).status);
  expect(await Promise.all(codes)).toEqual([200, 503]);
  await server.close();
});
