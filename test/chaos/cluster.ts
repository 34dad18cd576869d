import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionDevServer } from '../../src/embedded/provision.ts';
import {
  DEEPWRITER_API_KEY,
  DOCSWRITE_SITE_TOKEN,
  type Simulator,
  startSimulator,
} from '../../src/simulators/simulator.ts';
import { createOutages, type Outages } from './outages.ts';
import type { Kill } from './schedule.ts';
import type { Provider } from './scenes.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { superviseWorker, type WorkerProcess } from './worker-process.ts';
import { sharedWorkflowBundle } from '../support/workflow-bundle.ts';

/** The server and the workers, which are killed, and the simulators, which are not: they know the true state of each job. */
export interface Cluster {
  address: string;
  simulators: Record<Provider, Simulator>;
  outages: Outages;
  /** Descriptions of processes that ended without being killed. */
  ownEnds: string[];
  /** @returns false: the process was already down */
  kill(kill: Kill): Promise<boolean>;
  /** Resolves when all workers serve. */
  whole(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  seed: number;
  workers: number;
  log: (line: string) => void;
}

export async function startCluster({ seed, workers: count, log }: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-chaos-'));
  const parts: { stop: () => Promise<unknown> }[] = [
    { stop: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) },
  ];
  const stop = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part.stop();
  };
  try {
    const outages = createOutages();
    const ownEnds: string[] = [];
    const onOwnEnd = (told: string): void => {
      ownEnds.push(told);
      log(told);
    };
    const simulators = await startSimulators(seed);
    parts.push({ stop: () => Promise.all(Object.values(simulators).map((simulator) => simulator.close())) });
    const { path: executable } = await provisionDevServer({ env: process.env, say: log });
    const dbFile = join(folder, 'temporal.db');
    const server = await startServerProcess({ executable, dbFile, outages, onOwnEnd, log: prefixed(log, 'server') });
    parts.push(server);
    const { codePath: bundle } = await sharedWorkflowBundle(); // so that a restarted worker does not spend its first seconds on bundling
    const env = environmentOf({ address: server.address, simulators, folder, bundle });
    const workers = Array.from({ length: count }, (_, index) => {
      const name = `worker ${index}`;
      const own = { ...env, ...VARIETY[index % VARIETY.length] };
      const worker = superviseWorker({ name, env: own, outages, onOwnEnd, log: prefixed(log, name) });
      parts.push(worker);
      return worker;
    });
    const kill = (one: Kill): Promise<boolean> => carryOut(one, server, workers);
    const whole = async (): Promise<void> => void (await Promise.all(workers.map((worker) => worker.serving())));
    return { address: server.address, simulators, outages, ownEnds, kill, whole, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSimulators(seed: number): Promise<Record<Provider, Simulator>> {
  const [docswrite, deepwriter] = await Promise.all([
    startSimulator({ service: 'docswrite', seed }),
    startSimulator({ service: 'deepwriter', seed }),
  ]);
  return { docswrite, deepwriter };
}

/** Different settings for the workers: short holds, so that the server waits out more intervals, and frequent continue-as-new. */
const VARIETY: readonly NodeJS.ProcessEnv[] = [
  {},
  { JOBTRACK_HOLD_MS: '1500', CHAOS_CONTINUE_AFTER_EVENTS: '40' },
  { JOBTRACK_REPORT_EVERY_MS: '1000', CHAOS_CONTINUE_AFTER_EVENTS: '80' },
];

interface Surroundings {
  address: string;
  simulators: Record<Provider, Simulator>;
  folder: string;
  bundle: string;
}

/** Passes on only the variables that a process needs. The tokens and profiles of the caller are left out. */
function environmentOf({ address, simulators, folder, bundle }: Surroundings): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    XDG_CONFIG_HOME: folder,
    TEMPORAL_ADDRESS: address,
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    DOCSWRITE_BASE_URL: simulators.docswrite.url,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
    DEEPWRITER_BASE_URL: simulators.deepwriter.url,
    JOBTRACK_LOG_FORMAT: 'json',
    CHAOS_BUNDLE: bundle,
  };
}

function prefixed(log: (line: string) => void, name: string): (line: string) => void {
  return (line) => log(`${name}: ${line}`);
}

async function carryOut(kill: Kill, server: ServerProcess, workers: readonly WorkerProcess[]): Promise<boolean> {
  switch (kill.what) {
    case 'server':
      return server.kill(kill.downMs);
    case 'worker':
      return (await workers[kill.worker]?.kill(kill.signal, kill.downMs)) ?? false;
    case 'all workers': {
      const killed = await Promise.all(workers.map((worker) => worker.kill('SIGKILL', kill.downMs)));
      return killed.includes(true);
    }
    default:
      return kill satisfies never;
  }
}
