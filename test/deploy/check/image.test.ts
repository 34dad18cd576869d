import { Client, Connection } from '@temporalio/client';
import { access, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJobTracker } from '../../../src/client.ts';
import { type Child, startChild } from '../../../src/embedded/child.ts';
import { startDevServer, type DevServer } from '../../../src/embedded/dev-server.ts';
import { freePort } from '../../../src/embedded/free-port.ts';
import { run } from '../../../src/embedded/run.ts';
import { DOCSWRITE_SITE_TOKEN, type Simulator, startSimulator } from '../../../src/simulators/simulator.ts';
import { devServerExecutable } from '../../support/servers.ts';
import { environmentOf, instructionsOf, readDockerfile, type Stage } from '../dockerfile.ts';
import { performBuild } from '../image.ts';
import { metricsOfPage, readMetrics, TRACKER_METRICS } from '../metrics.ts';
import { hadolint, must, promtool, root } from '../tools.ts';

let folder: string;
let app: string;
let build: Stage;
let last: Stage;
let server: DevServer;
let simulator: Simulator;

beforeAll(async () => {
  const stages = await readDockerfile();
  expect(stages).toHaveLength(2);
  [build, last] = stages as [Stage, Stage];
  folder = await mkdtemp(join(tmpdir(), 'jobtrack-image-'));
  app = await performBuild([build, last], folder);
  server = await startDevServer({ executable: await devServerExecutable() });
  simulator = await startSimulator({ service: 'docswrite' });
});

afterAll(async () => {
  await simulator?.close();
  server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const commandOf = (name: string): string[] => instructionsOf(last, name).at(-1)?.words ?? [];

test('the Dockerfile is clean for hadolint', async () => {
  await must(await hadolint(), ['--failure-threshold', 'info', join(root, 'Dockerfile')]);
});

test('both stages use the same distribution with glibc, and the program does not run as root', () => {
  expect([build.from, last.from]).toEqual(['node:22-bookworm-slim', 'node:22-bookworm-slim']);
  expect(commandOf('USER')).toEqual(['1000:1000']);
  expect(commandOf('ENTRYPOINT')).toEqual(['/usr/bin/tini', '--']);
});

test('the image holds the bundle and production dependencies for one platform only', async () => {
  await access(join(app, 'dist/workflow-bundle-1.24.0.js'));
  await expect(access(join(app, 'node_modules/vitest'))).rejects.toThrow('ENOENT');
  await expect(access(join(app, 'node_modules/typescript'))).rejects.toThrow('ENOENT');
  expect(await readdir(join(app, 'node_modules/@temporalio/core-bridge/releases'))).toHaveLength(1);
  expect((await stat(join(app, 'dist/cli/main.js'))).mode & 0o111).toBe(0o111);
});

test('the built worker tracks a job as another user, serves health and metrics, and ends with 0 on SIGTERM', async () => {
  const [healthPort, metricsPort] = [await freePort(), await freePort()];
  const env = {
    ...environmentOf(last),
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    TEMPORAL_ADDRESS: server.address,
    DOCSWRITE_BASE_URL: simulator.url,
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    JOBTRACK_HEALTH_ADDRESS: `127.0.0.1:${healthPort}`,
    JOBTRACK_METRICS_ADDRESS: `127.0.0.1:${metricsPort}`,
  };
  const worker = await asAnotherUser(commandOf('CMD'), env);
  try {
    await untilHealthy(worker, env);
    await untilAnswers(`http://127.0.0.1:${healthPort}/readyz`);
    expect(await trackOne()).toBe('completed');
    await expectHealthyDoctor(env);
    await expectMetrics(`http://127.0.0.1:${metricsPort}/metrics`);
  } finally {
    const exit = await worker.stop(40_000);
    expect(exit, worker.lastLines().join('\n')).toEqual({ code: 0, signal: null });
  }
  expect((await health(env)).code).toBe(1);
});

/** Runs the program that the link `jobtrack` points to, as `docker compose exec worker jobtrack doctor` does. */
async function expectHealthyDoctor(env: Record<string, string>): Promise<void> {
  const link = instructionsOf(last, 'RUN').map(({ text }) => /ln -s (\S+) \S+\/jobtrack\b/.exec(text)?.[1]);
  const program = (link.find((path) => path !== undefined) ?? '').replace(/^\/app/, app);
  const doctor = await asAnotherUser([program, 'doctor'], env);
  expect(await doctor.exited, doctor.lastLines().join('\n')).toEqual({ code: 0, signal: null });
}

/** Runs the command as user 1000 if the test runs as root. User 1000 owns no file of the image. */
function asAnotherUser(command: readonly string[], env: Record<string, string>): Promise<Child> {
  const [program = '', ...args] = command;
  if (process.getuid?.() !== 0) return startChild(program, args, { cwd: app, env });
  return startChild('setpriv', ['--reuid=1000', '--regid=1000', '--clear-groups', program, ...args], { cwd: app, env });
}

function health(env: Record<string, string>): ReturnType<typeof run> {
  const [program = '', ...args] = commandOf('HEALTHCHECK').filter((word) => !word.startsWith('--') && word !== 'CMD');
  return run(program, args, { env, timeoutMs: 10_000 });
}

async function untilHealthy(worker: Child, env: Record<string, string>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if ((await health(env)).code === 0) return;
    await sleep(500);
  }
  throw new Error(`the health check never succeeds:\n${worker.lastLines().join('\n')}`);
}

async function untilAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const { ok } = await fetch(url);
    if (ok) return;
    await sleep(500);
  }
  throw new Error(`${url} never answers well`);
}

async function trackOne(): Promise<string> {
  const connection = await Connection.connect({ address: server.address });
  try {
    const tracker = createJobTracker({ client: new Client({ connection }) });
    const { jobId } = await simulator.control.createJob({ scenario: 'success', params: { stepMs: 500 } });
    const job = await tracker.track({ provider: 'docswrite', jobId }, { polling: { minIntervalMs: 1_000 } });
    return (await job.result()).status;
  } finally {
    await connection.close();
  }
}

const ALWAYS = [
  'jobtrack_polls_total',
  'jobtrack_poll_interval_seconds',
  'jobtrack_polls_per_job',
  'jobtrack_holds',
  'jobtrack_worker_saturation',
];

/** Checks the exported names of the metrics. Dashboard and alerts use these names. */
async function expectMetrics(url: string): Promise<void> {
  const text = await (await fetch(url)).text();
  const file = join(folder, 'metrics.txt');
  await writeFile(file, text);
  await must('/bin/sh', ['-c', '"$0" check metrics < "$1"', await promtool(), file]);
  const page = metricsOfPage(text);
  const { sdk } = await readMetrics();
  const always = Object.entries(sdk).filter(([, { seen }]) => seen !== false);
  expect(always.filter(([name, { type }]) => page.get(name) !== type)).toEqual([]);
  const ours = [...page].filter(([name]) => name.startsWith('jobtrack_'));
  expect(ours.filter(([name, type]) => TRACKER_METRICS.get(name)?.kind !== type)).toEqual([]);
  expect(ALWAYS.filter((name) => !page.has(name))).toEqual([]);
}
