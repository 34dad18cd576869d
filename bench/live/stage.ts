import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Teardown } from '../../src/cli/playground/teardown.ts';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { startDevServer } from '../../src/embedded/dev-server.ts';
import { provisionDevServer } from '../../src/embedded/provision.ts';
import { connectControl } from '../../test/support/remote-control.ts';
import type { SimulatorControl } from '../../src/simulators/control/interface.ts';
import { DEEPWRITER_API_KEY } from '../../src/simulators/simulator.ts';
import { ensureSearchAttributes } from '../../src/worker-host/search-attributes.ts';

/** A server, a simulator and workers. Each is a process of its own. */
export interface Stage {
  client: Client;
  serverPid: number;
  simulatorUrl: string;
  control: SimulatorControl;
  /** @returns the times of all status requests since `sinceMs`, in epoch ms, by job id */
  readsSince: (sinceMs: number) => Promise<Record<string, number[]>>;
  /** Starts a worker on a task queue and waits until it polls. */
  startWorker: (worker: WorkerKind) => Promise<Child>;
  /** A folder for files of this run. It is removed at the end. */
  folder: string;
}

export interface WorkerKind {
  entry: URL;
  /** The file with the workflow code. */
  workflows: URL;
  taskQueue: string;
  env?: Record<string, string>;
}

export interface StageOptions {
  seed: number;
  note: (line: string) => void;
  teardown: Teardown;
}

/** @returns entry and workflow code of the project's own worker, as a checkout has them */
export function trackerOf(checkout: URL): Pick<WorkerKind, 'entry' | 'workflows'> {
  return {
    entry: new URL('bench/live/worker.mjs', checkout),
    workflows: new URL('src/workflows/index.ts', checkout),
  };
}

export const TRACKER = trackerOf(new URL('../../', import.meta.url));

export async function startStage({ seed, note, teardown }: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-bench-'));
  teardown.add(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const { path: executable } = await provisionDevServer({ env: process.env, say: note });
  const server = await startDevServer({ executable });
  teardown.add(async () => {
    server.kill();
    await server.exited;
  });
  const connection = await Connection.connect({ address: server.address });
  teardown.add(() => connection.close());
  await ensureSearchAttributes(connection, 'default');
  const client = new Client({ connection });
  const { url, readsUrl } = await startSimulator(seed, teardown);
  const startWorker = async (kind: WorkerKind): Promise<Child> => {
    const env = { ...surroundings(folder, { address: server.address, url }), ...kind.env };
    const bundle = await bundleOf(kind.workflows, folder);
    const own = { JOBTRACK_TASK_QUEUE: kind.taskQueue, BENCH_BUNDLE: bundle };
    const entry = fileURLToPath(kind.entry);
    const loader = entry.endsWith('.ts') ? ['--import', 'tsx'] : [];
    const child = await startChild(process.execPath, [...loader, entry], {
      env: { ...env, ...own },
    });
    teardown.add(() => child.kill());
    await untilPolling(client, kind.taskQueue, child);
    return child;
  };
  return {
    client,
    serverPid: server.pid,
    simulatorUrl: url,
    control: connectControl(url),
    readsSince: async (sinceMs) => (await fetch(`${readsUrl}/?sinceMs=${sinceMs}`)).json() as Promise<Reads>,
    startWorker,
    folder,
  };
}

type Reads = Record<string, number[]>;

export async function startSimulator(seed: number, teardown: Teardown): Promise<{ url: string; readsUrl: string }> {
  const entry = fileURLToPath(new URL('simulator.ts', import.meta.url));
  const line = await new Promise<string>((resolve, reject) => {
    const run = async (): Promise<void> => {
      const onLine = (text: string, from: string): void => (from === 'stdout' ? resolve(text) : undefined);
      const child = await startChild(process.execPath, ['--import', 'tsx', entry, String(seed)], { onLine });
      teardown.add(() => child.kill());
      await child.exited;
      throw new Error(`the simulator ended: ${child.lastLines().join('\n')}`);
    };
    run().catch(reject);
  });
  return JSON.parse(line) as { url: string; readsUrl: string };
}

async function bundleOf(workflows: URL, folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(workflows),
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, `${Date.now()}.js`);
  await writeFile(path, code);
  return path;
}

/** Passes on only the variables that a process needs, and sets what deploy/kubernetes sets. Other variables of the caller are left out. */
function surroundings(folder: string, { address, url }: { address: string; url: string }): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    MALLOC_ARENA_MAX: '2',
    NODE_OPTIONS: '--max-old-space-size=768',
    JOBTRACK_MEMORY_MB: '1024',
    XDG_CONFIG_HOME: folder,
    TEMPORAL_ADDRESS: address,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
    DEEPWRITER_BASE_URL: url,
    JOBTRACK_LOG_FORMAT: 'json',
    JOBTRACK_LOG_LEVEL: 'warn',
  };
}
