import { expect, test } from 'vitest';
import { startHealthServer, type WorkerStatus } from '../../src/worker-host/health.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';

async function ask(address: string, path: string): Promise<{ code: number; status: Partial<WorkerStatus> }> {
  const response = await fetch(`http://${address}${path}`);
  return { code: response.status, status: (await response.json()) as Partial<WorkerStatus> };
}

test('a worker says when it is ready, stays alive while it drains, and then is gone', async () => {
  const rig = await startDevServerRig({ serves: false });
  const worker = await rig.startWorker();
  const server = await startHealthServer('127.0.0.1:0', worker.status);
  await expect.poll(async () => (await ask(server.address, '/readyz')).code).toBe(200);
  expect(await ask(server.address, '/healthz')).toMatchObject({ code: 200, status: { state: 'serving', holding: 0 } });
  const { status } = await ask(server.address, '/readyz');
  expect(status.queues?.map(({ taskQueue }) => taskQueue.replace(rig.taskQueue, ''))).toEqual([
    '',
    '/shared/status',
    '/shared/cancel',
  ]);
  worker.shutdown();
  expect((await ask(server.address, '/readyz')).code).toBe(503);
  expect((await ask(server.address, '/healthz')).code).toBe(200);
  await worker.stop();
  expect((await ask(server.address, '/healthz')).code).toBe(503);
  expect((await ask(server.address, '/elsewhere')).code).toBe(404);
  await server.close();
  await rig.close();
});
