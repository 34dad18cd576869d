import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTeardown, type Teardown } from '../src/cli/playground/teardown.ts';
import { DEFAULT_TASK_QUEUE } from '../src/contract/index.ts';
import type { Child } from '../src/embedded/child.ts';
import { freePort } from '../src/embedded/free-port.ts';
import { withCleanUp } from '../src/process/clean-up.ts';
import { programLine } from '../src/process/program-line.ts';
import { DEEPWRITER_API_KEY } from '../src/simulators/simulator.ts';
import { type Cluster, prepareCluster } from '../test/deploy/topology/cluster.ts';
import { wholeNumberFrom } from '../test/support/number-arguments.ts';
import { connectControl } from '../test/support/remote-control.ts';
import { latenessOf, startJobs, untilSteady } from './live/load.ts';
import { cpuMsOf, memoryMbOf } from './live/process-facts.ts';
import { untilReady } from './live/ready.ts';
import { type Stage, startSimulator } from './live/stage.ts';
import { quantileOf } from './statistics.ts';

// The topology of docker-compose.yml: PostgreSQL, the production server, and one, two or three workers. What does one more worker bring?

const line = programLine(
  'npx tsx bench/horizontal.ts',
  'One, two and three workers with a production server on PostgreSQL. Takes about 20 minutes.',
)
  .argument('[jobs]', 'of one account', wholeNumberFrom(1), 2_000)
  .argument('[interval]', 'seconds between two polls of a job', wholeNumberFrom(1), 5)
  .option('--seconds <number>', 'how long each number of workers is measured', wholeNumberFrom(5), 120)
  .option('--workers <number>', 'the most workers', wholeNumberFrom(1), 3)
  .option('--seed <number>', 'of job ids', wholeNumberFrom(0), 1);
const [jobs, intervalS] = line.parse().processedArgs as [number, number];
const { seconds, workers: most, seed } = line.opts<Record<'seconds' | 'workers' | 'seed', number>>();
const intervalMs = intervalS * 1_000;
const polling = { mode: 'fixed', minIntervalMs: 2_000, maxIntervalMs: 60_000, intervalMs } as const;

interface Row {
  readonly workers: number;
  readonly pollsPerS: number;
  /** Polls a second, if none is late. */
  readonly duePerS: number;
  readonly latenessMs: { readonly p50: number; readonly p99: number };
  /** The workers together, in cores. */
  readonly workerCores: number;
  /** Everything else: the server, the database, the simulator and this program, in cores. */
  readonly otherCores: number;
  readonly coresOfMachine: number;
  readonly memoryMbOfWorkers: readonly number[];
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);
const teardown = createTeardown();
const rows = await withCleanUp(
  () => play(teardown),
  () => teardown.run(),
);
console.log(JSON.stringify({ jobs, intervalS, rows }, null, 2));

async function play(stopping: Teardown): Promise<Row[]> {
  const cluster = await prepareCluster();
  stopping.add(() => cluster.close());
  await cluster.job('temporal-schema');
  await cluster.startServer();
  await cluster.job('temporal-namespace');
  const { url, readsUrl } = await startSimulator(seed, stopping);
  const workers: Child[] = [];
  const addWorker = async (): Promise<Child> => {
    const healthPort = await freePort();
    const started = cluster.startWorker({
      DEEPWRITER_BASE_URL: url,
      DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
      JOBTRACK_LOG_LEVEL: 'warn',
      JOBTRACK_HEALTH_ADDRESS: `127.0.0.1:${healthPort}`,
    });
    await untilReady(healthPort, started);
    workers.push(await started);
    return started;
  };
  const stage = stageOf(cluster, { url, readsUrl, addWorker });
  await addWorker();
  note(`starting ${jobs} jobs`);
  const { jobIds } = await startJobs(stage, { jobs, taskQueue: DEFAULT_TASK_QUEUE, polling });
  await untilSteady(stage, jobIds.length);
  const measured: Row[] = [];
  while (workers.length <= most) {
    note(`${workers.length} workers: measuring for ${seconds} s`);
    measured.push(await measure(stage, workers));
    if (workers.length === most) break;
    await addWorker();
    await sleep(TURN_MS); // a worker takes over a hold when its turn ends
  }
  return measured;
}

/** A hold stays at one worker for up to 390 s; most have ended by then. */
const TURN_MS = 330_000;

type Given = { url: string; readsUrl: string; addWorker: () => Promise<Child> };

function stageOf(cluster: Cluster, { url, readsUrl, addWorker }: Given): Stage {
  return {
    client: cluster.client,
    serverPid: 0,
    simulatorUrl: url,
    control: connectControl(url),
    readsSince: async (sinceMs) =>
      (await fetch(`${readsUrl}/?sinceMs=${sinceMs}`)).json() as Promise<Record<string, number[]>>,
    startWorker: addWorker,
    folder: cluster.folder,
  };
}

async function measure(stage: Stage, workers: readonly Child[]): Promise<Row> {
  const sinceMs = Date.now();
  const [busyBefore, ...before] = await Promise.all([busyMs(), ...workers.map(({ pid }) => cpuMsOf(pid))]);
  await sleep(seconds * 1_000);
  const [busyAfter, ...after] = await Promise.all([busyMs(), ...workers.map(({ pid }) => cpuMsOf(pid))]);
  const forMs = Date.now() - sinceMs;
  const reads = await stage.readsSince(sinceMs - 3 * intervalMs);
  const late = Object.entries(reads).flatMap((read) => latenessOf(read, { polling, sinceMs }));
  const polls = Object.values(reads)
    .flat()
    .filter((atMs) => atMs >= sinceMs).length;
  const workerMs = after.reduce((sum, ms, index) => sum + ms - (before[index] ?? 0), 0);
  const cores = (ms: number): number => Math.round((ms * 100) / forMs) / 100;
  return {
    workers: workers.length,
    pollsPerS: Math.round((polls * 1_000) / forMs),
    duePerS: Math.round(jobs / intervalS),
    latenessMs: { p50: Math.round(quantileOf(late, 0.5)), p99: Math.round(quantileOf(late, 0.99)) },
    workerCores: cores(workerMs),
    otherCores: cores(busyAfter - busyBefore - workerMs),
    coresOfMachine: cpus().length,
    memoryMbOfWorkers: await Promise.all(workers.map(({ pid }) => memoryMbOf(pid))),
  };
}

/** @returns the time for which the cores of the machine were busy so far, in ms */
async function busyMs(): Promise<number> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n', 1);
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq) * 10;
}
