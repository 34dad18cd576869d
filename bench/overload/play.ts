import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import type { PollingOptions } from '../../src/contract/index.ts';
import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import { DEEPWRITER_API_KEY } from '../../src/simulators/simulator.ts';
import { latenessOf, startJobs, untilSteady } from '../live/load.ts';
import { cpuMsOf, memoryMbOf } from '../live/process-facts.ts';
import { type Stage, startStage, trackerOf } from '../live/stage.ts';
import { askWhile } from '../scale/asking.ts';
import { meanOf, quantileOf } from '../statistics.ts';

/** The load on one worker. */
export interface Overload {
  /** Jobs of the default account. */
  readonly jobs: number;
  readonly intervalMs: number;
  /** Other accounts. Each has one job, which is polled every 5 s. */
  readonly neighbours: number;
  /** How long it is measured, ms. */
  readonly forMs: number;
  readonly seed: number;
  /** The options of the worker's Node that docs/operations.md of its checkout advises. */
  readonly nodeOptions: string;
  readonly note: (line: string) => void;
}

/** What a worker made of the load. Times in ms. */
export interface Carried {
  readonly pollsPerS: number;
  readonly startsPerS: number;
  /** Of all polls of the default account. */
  readonly lateness: Quantiles;
  /** The mean lateness of each job of the default account: its median and its maximum. */
  readonly latenessOfJobs: { readonly p50: number; readonly max: number };
  /** Of all polls of the neighbours. */
  readonly neighbours: Quantiles;
  readonly cancel: Quantiles;
  readonly query: Quantiles;
  /** CPU of the worker and of the server, in % of one core. */
  readonly cpu: { readonly worker: number; readonly server: number };
  readonly workerMb: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

const QUEUE = 'overload';
const NEIGHBOUR_MS = 5_000;
/** A worker with far too many jobs never polls each of them twice. */
const STEADY_WITHIN_MS = 12 * 60_000;

/** Plays the load on one worker of a checkout, on a server and a simulator of its own. */
export async function playOverload(checkout: URL, load: Overload): Promise<Carried> {
  const teardown = createTeardown();
  try {
    return await playOn(await startStage({ seed: load.seed, note: load.note, teardown }), checkout, load);
  } finally {
    await teardown.run();
  }
}

async function playOn(stage: Stage, checkout: URL, load: Overload): Promise<Carried> {
  const { jobs, neighbours, note } = load;
  const env = await environmentOf(stage, load);
  const worker = await stage.startWorker({ ...trackerOf(checkout), taskQueue: QUEUE, env });
  const own = await startJobs(stage, { jobs, taskQueue: QUEUE, polling: fixed(load.intervalMs) });
  const polling = fixed(NEIGHBOUR_MS);
  const others = await startJobs(stage, { jobs: neighbours, taskQueue: QUEUE, polling, accountOf: nameOf });
  note(`all started, ${own.startsPerS}/s`);
  await untilSteady(stage, jobs + neighbours, STEADY_WITHIN_MS);
  note(`measured for ${load.forMs / 1_000} s`);
  const [sinceMs, ...before] = [Date.now(), await cpuMsOf(worker.pid), await cpuMsOf(stage.serverPid)];
  const asked = await askWhile({ stage, jobIds: own.jobIds, forMs: load.forMs });
  const tookMs = Date.now() - sinceMs;
  const after = [await cpuMsOf(worker.pid), await cpuMsOf(stage.serverPid)];
  const cpuOf = (index: number): number => Math.round((((after[index] ?? 0) - (before[index] ?? 0)) * 100) / tookMs);
  const reads = await stage.readsSince(0);
  const polls = Object.values(reads).flat();
  const late = own.jobIds
    .filter((jobId) => !asked.cancelled.has(jobId))
    .map((jobId) => latenessOf([jobId, reads[jobId] ?? []], { polling: fixed(load.intervalMs), sinceMs }));
  const means = late.filter((all) => all.length > 0).map((all) => Math.round(meanOf(all)));
  const lateOthers = others.jobIds.flatMap((jobId, index) =>
    latenessOf([jobId, reads[jobId] ?? []], { polling, sinceMs, account: nameOf(index) }),
  );
  return {
    pollsPerS: Math.round((polls.filter((atMs) => atMs >= sinceMs).length * 1_000) / tookMs),
    startsPerS: own.startsPerS,
    lateness: quantilesOf(late.flat()),
    latenessOfJobs: { p50: quantileOf(means, 0.5), max: quantileOf(means, 1) },
    neighbours: quantilesOf(lateOthers),
    cancel: quantilesOf(asked.cancelMs),
    query: quantilesOf(asked.queryMs),
    cpu: { worker: cpuOf(0), server: cpuOf(1) },
    workerMb: await memoryMbOf(worker.pid),
  };
}

const nameOf = (index: number): string => `neighbour-${index}`;

function fixed(intervalMs: number): Required<PollingOptions> {
  return { ...DEFAULT_POLLING, mode: 'fixed', intervalMs };
}

function quantilesOf(values: readonly number[]): Quantiles {
  return { p50: Math.round(quantileOf(values, 0.5)), p99: Math.round(quantileOf(values, 0.99)) };
}

/** Memory for each job, so that only the processor is short. Jitter is off, so that it is known when each poll is due. */
async function environmentOf(
  { folder, simulatorUrl: baseUrl }: Stage,
  { jobs, neighbours, nodeOptions }: Overload,
): Promise<Record<string, string>> {
  const accounts = join(folder, 'accounts.json');
  const account = { provider: 'deepwriter', tokenEnv: 'NEIGHBOUR_TOKEN', baseUrl };
  const entries = Array.from({ length: neighbours }, (_, index) => [nameOf(index), account]);
  await writeFile(accounts, JSON.stringify(Object.fromEntries(entries)));
  return {
    JOBTRACK_MAX_HOLDS: String(jobs + neighbours),
    JOBTRACK_MEMORY_MB: '6144',
    NODE_OPTIONS: nodeOptions,
    BENCH_JITTER: 'off',
    ...(neighbours === 0 ? {} : { JOBTRACK_ACCOUNTS: accounts, NEIGHBOUR_TOKEN: DEEPWRITER_API_KEY }),
  };
}
