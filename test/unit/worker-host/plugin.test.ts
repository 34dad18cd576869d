import type { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { JobTrackerPlugin } from '../../../src/worker-host/plugin.ts';

const connection = {} as NativeConnection; // it is not used before the options are checked
const plugin = () => new JobTrackerPlugin({ config: loadConfig({}) });

test('a worker without a connection of its own is refused', async () => {
  await expect(plugin().configureWorker({ taskQueue: 'books' })).rejects.toThrow(
    'JobTrackerPlugin needs the connection of the worker: Worker.create({ connection, … })',
  );
});

test('activities with names of the tracker are refused', async () => {
  const activities = { planJob: async () => 'theirs', own: async () => 'theirs' };
  await expect(plugin().configureWorker({ connection, taskQueue: 'books', activities })).rejects.toThrow(
    "activities of the worker have names of the tracker's activities: planJob",
  );
});
