import { NativeConnection } from '@temporalio/worker';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { type JobHealth, statusQueueOf } from '../../src/contract/index.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import { DEEPWRITER_API_KEY } from '../../src/simulators/simulator.ts';
import type { TrackerWorkerOptions } from '../../src/worker.ts';
import { startHealthServer } from '../../src/worker-host/health.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { Rig, RunningWorker } from '../support/rig.ts';
import { scratchFolder } from '../support/scratch.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startDevServerRig({ serves: false });
});
afterAll(() => rig?.close());

const quick = { polling: { mode: 'fixed', intervalMs: 1_000 } } as const;

async function startWorker(config: Partial<Config>, more: Partial<TrackerWorkerOptions> = {}): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const worker = await rig.startWorker({ connection, config: { ...rig.config, accounts: [], ...config }, ...more });
  onTestFinished(worker.stop);
  return worker;
}

/** A job whose answers stay the same. Each report ends an attempt, and the next one waits 5 min for an account that is gone. */
const steps = [{ afterMs: 0, answer: { status: 'in_progress', progress: 10 } }];

async function trackAt(account: string) {
  const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'script', steps });
  const job = await rig.tracker.track({ provider: 'deepwriter', jobId, account }, quick);
  onTestFinished(async () => void (await rig.client.workflow.getHandle(job.workflowId).terminate()));
  return Object.assign(job, { jobId });
}

type Tracked = Awaited<ReturnType<typeof trackAt>>;

async function untilHealth(job: Tracked, status: JobHealth['status']): Promise<JobHealth> {
  return eventually(async () => {
    const { health } = await job.progress();
    expect(health.status).toBe(status);
    return health;
  });
}

async function untilPolledAgain(job: Tracked): Promise<void> {
  const polls = async (): Promise<number> => (await rig.deepwriter.control.job(job.jobId)).polls;
  const before = await polls();
  // Two more: the first poll is a report, and the next attempt makes the second one.
  await eventually(async () => expect(await polls()).toBeGreaterThan(before + 1));
}

/** A folder of accounts, and a worker that serves them. */
async function served() {
  const folder = join(await scratchFolder(), 'accounts');
  await mkdir(folder);
  const entry = { provider: 'deepwriter', tokenEnv: 'KEY', baseUrl: rig.deepwriter.url };
  const write = (name: string, text = JSON.stringify({ [name]: entry })) =>
    writeFile(join(folder, `${name}.json`), text);
  await write('alpha');
  const { accounts, accountFiles } = loadConfig({ JOBTRACK_ACCOUNTS: folder, KEY: DEEPWRITER_API_KEY });
  if (accountFiles === undefined) throw new Error('the configuration names no files');
  const worker = await startWorker({ accounts, accountFiles });
  return { folder, write, worker };
}

test('accounts come and go while a worker runs: a new one is served, the jobs of one that is gone are degraded and go on when it is back', async () => {
  const { folder, write } = await served();
  await write('beta');
  const [ofAlpha, ofBeta] = [await trackAt('alpha'), await trackAt('beta')];
  await Promise.all([ofAlpha, ofBeta].map(untilPolledAgain));
  await rm(join(folder, 'beta.json'));
  const health = await untilHealth(ofBeta, 'degraded');
  expect(JSON.stringify(health)).toContain('account \\"beta\\" is not known to this worker any more');
  expect((await ofBeta.progress()).outcome).toBeNull();
  await write('beta');
  await untilHealth(ofBeta, 'ok');
  expect((await ofAlpha.progress()).health.status).toBe('ok');
});

test('a pool that comes with a changed file is polled without a restart, within a budget too', async () => {
  const { folder, write, worker } = await served();
  const emea = {
    provider: 'deepwriter',
    tokenEnv: 'KEY',
    baseUrl: rig.deepwriter.url,
    pool: 'emea',
    requestsPerMinute: 60,
  };
  await write('gamma', JSON.stringify({ gamma: emea }));
  await eventually(() =>
    expect(worker.status().queues.map(({ taskQueue }) => taskQueue)).toContain(statusQueueOf(rig.taskQueue, 'emea')),
  );
  const job = await trackAt('gamma');
  await untilPolledAgain(job);
  await rm(join(folder, 'gamma.json'));
  expect(worker.status().warnings).toEqual([]);
});

test('a file that became wrong is refused whole: the last good accounts stay, and /readyz says so until it is right', async () => {
  const { write, worker } = await served();
  const job = await trackAt('alpha');
  await untilPolledAgain(job);
  const { address, close } = await startHealthServer('127.0.0.1:0', worker.status);
  onTestFinished(close);
  const warnings = async (): Promise<unknown> => {
    const response = await fetch(`http://${address}/readyz`);
    expect(response.status).toBe(200);
    return ((await response.json()) as { warnings: unknown }).warnings;
  };
  expect(await warnings()).toEqual([]);
  await write('beta', `{ "beta": "${DEEPWRITER_API_KEY}`);
  await eventually(async () =>
    expect(await warnings()).toEqual([
      expect.stringContaining(
        'JOBTRACK_ACCOUNTS has changed, but is wrong, so the accounts stay as they were: names a folder with the file beta.json',
      ),
    ]),
  );
  expect(JSON.stringify(await warnings())).not.toContain(DEEPWRITER_API_KEY);
  await untilPolledAgain(job);
  await write('beta');
  await eventually(async () => expect(await warnings()).toEqual([]));
});

test('a function may give accounts of a pool that the worker did not poll before', async () => {
  const accounts = (_: string, name: string) => ({
    credential: DEEPWRITER_API_KEY,
    baseUrl: rig.deepwriter.url,
    pool: name,
  });
  await startWorker({}, { accounts });
  await untilPolledAgain(await trackAt('latam'));
});

test('a function gives accounts; while it fails, jobs are degraded or go on with the last good answer', async () => {
  const state = { isDown: true };
  const accounts: NonNullable<TrackerWorkerOptions['accounts']> = async (provider, name) => {
    if (state.isDown) throw Object.assign(new Error(`${DEEPWRITER_API_KEY} is refused`), { code: 'EVAULT' });
    const isOurs = provider === 'deepwriter' && name === 'vaulted';
    return isOurs ? { credential: DEEPWRITER_API_KEY, baseUrl: rig.deepwriter.url } : null;
  };
  const worker = await startWorker({}, { accounts });
  const job = await trackAt('vaulted');
  await eventually(async () =>
    expect(JSON.stringify((await job.progress()).health)).toContain(
      'account \\"vaulted\\" cannot be looked up: it failed with EVAULT',
    ),
  );
  expect((await job.progress()).health.status).toBe('degraded');
  expect(worker.status().warnings).toEqual([expect.stringContaining('the function of accounts fails')]);
  state.isDown = false;
  await untilHealth(job, 'ok');
  state.isDown = true;
  await eventually(() => expect(worker.status().warnings).toHaveLength(1)); // asked again after 30 s
  await untilPolledAgain(job);
  expect((await job.progress()).health.status).toBe('ok');
});
