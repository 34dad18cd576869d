import { setTimeout as sleep } from 'node:timers/promises';
import { createTeardown, type Teardown } from '../../src/cli/playground/teardown.ts';
import { createJobTracker } from '../../src/client.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { withCleanUp } from '../../src/process/clean-up.ts';
import { programLine } from '../../src/process/program-line.ts';
import { wholeNumberFrom } from '../../test/support/number-arguments.ts';
import { setup as build } from '../../test/support/setup-build.ts';
import { makeJob } from '../cost/jobs.ts';
import { startJobs } from '../live/load.ts';
import { beganAtMsOf, cpuMsOf, memoryMbOf } from '../live/process-facts.ts';
import { untilReady } from '../live/ready.ts';
import { startStage, TRACKER } from '../live/stage.ts';
import { accountName, CREDENTIAL, entriesOf, writeAccounts } from './files.ts';

// Thousands of accounts on one worker: what it costs to have them, and how soon a new one is served.

const line = programLine('npx tsx bench/accounts/main.ts', 'What thousands of accounts cost one worker.')
  .argument('[accounts]', 'in the file', wholeNumberFrom(1), 2_000)
  .option('--jobs <number>', 'of each account', wholeNumberFrom(1), 2)
  .option('--idle <seconds>', 'how long the idle worker is measured', wholeNumberFrom(5), 30)
  .option('--seconds <number>', 'how long the worker with jobs is measured', wholeNumberFrom(5), 60)
  .option('--interval <seconds>', 'between two polls of a job', wholeNumberFrom(1), 300)
  .option('--seed <number>', 'of job ids', wholeNumberFrom(0), 1);
const [accounts] = line.parse().processedArgs as [number];
const {
  jobs: jobsEach,
  idle: idleS,
  seconds,
  interval,
  seed,
} = line.opts<{
  jobs: number;
  idle: number;
  seconds: number;
  interval: number;
  seed: number;
}>();

/** The promises. */
const MOST = { pollers: 60, readyMs: 3_000, memoryMb: 350, idleCpuPercent: 3, servedMs: 5_000 };

const note = (text: string): void => void process.stderr.write(`${text}\n`);
await build();
const teardown = createTeardown();
const found = await withCleanUp(
  () => measure(teardown),
  () => teardown.run(),
);
console.log(JSON.stringify({ accounts, jobs: accounts * jobsEach, ...found }, null, 2));
const isKept = (Object.keys(MOST) as (keyof typeof MOST)[]).every((name) => found[name] <= MOST[name]);
console.log(isKept ? 'kept' : 'BROKEN');
process.exitCode = isKept ? 0 : 1;

async function measure(
  stopping: Teardown,
): Promise<Record<keyof typeof MOST, number> & { readonly pollsPerS: number }> {
  const stage = await startStage({ seed, note, teardown: stopping });
  const file = await writeAccounts(stage.folder, entriesOf(accounts, stage.simulatorUrl));
  const taskQueue = 'accounts';
  const [healthPort, metricsPort] = [await freePort(), await freePort()];
  const env = {
    ...CREDENTIAL,
    JOBTRACK_ACCOUNTS: file,
    JOBTRACK_MEMORY_MB: String(MOST.memoryMb),
    JOBTRACK_HEALTH_ADDRESS: `127.0.0.1:${healthPort}`,
    JOBTRACK_METRICS_ADDRESS: `127.0.0.1:${metricsPort}`,
  };
  const started = stage.startWorker({ ...TRACKER, taskQueue, env });
  const readyAtMs = await untilReady(healthPort, started);
  const worker = await started;
  const readyMs = Math.round(readyAtMs - (await beganAtMsOf(worker.pid)));
  note(`ready after ${readyMs} ms; idle for ${idleS} s`);
  await sleep(10_000); // the caches and pollers of the start
  const idleCpuPercent = await cpuPercent(worker.pid, idleS);
  note(`starting ${accounts * jobsEach} jobs`);
  const accountOf = (index: number): string => accountName(index % accounts);
  const polling = { mode: 'fixed', minIntervalMs: 2_000, maxIntervalMs: 60_000, intervalMs: interval * 1_000 } as const;
  await startJobs(stage, { jobs: accounts * jobsEach, taskQueue, polling, accountOf });
  note('waiting until each job was polled');
  while (Object.keys(await stage.readsSince(0)).length < accounts * jobsEach) await sleep(1_000);
  note(`measuring for ${seconds} s`);
  const sinceMs = Date.now();
  let [pollers, memoryMb] = [0, 0];
  while (Date.now() < sinceMs + seconds * 1_000) {
    await sleep(1_000);
    pollers = Math.max(pollers, await pollersOf(metricsPort));
    memoryMb = Math.max(memoryMb, await memoryMbOf(worker.pid));
  }
  const polls = Object.values(await stage.readsSince(sinceMs)).flat().length;
  const servedMs = await untilServed();
  return {
    pollers,
    readyMs,
    memoryMb,
    idleCpuPercent,
    servedMs,
    pollsPerS: Math.round((polls * 1_000) / (Date.now() - sinceMs)),
  };

  /** @returns the time from the change of the file to the first poll with the new account */
  async function untilServed(): Promise<number> {
    const jobId = await makeJob(stage.control, 'none', { durationMs: 3_600_000 });
    const added = accountName(accounts);
    await writeAccounts(stage.folder, entriesOf(accounts + 1, stage.simulatorUrl));
    const changedMs = Date.now();
    await createJobTracker({ client: stage.client, taskQueue }).track({
      provider: 'deepwriter',
      jobId,
      account: added,
    });
    for (;;) {
      const first = (await stage.readsSince(changedMs))[jobId]?.[0];
      if (first !== undefined) return first - changedMs;
      await sleep(100);
    }
  }
}

async function cpuPercent(pid: number, forS: number): Promise<number> {
  const before = await cpuMsOf(pid);
  await sleep(forS * 1_000);
  return Math.round(((await cpuMsOf(pid)) - before) / forS) / 10;
}

/** @returns the long polls that the worker has open, by the SDK's gauge */
async function pollersOf(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = text.split('\n').filter((each) => each.startsWith('temporal_num_pollers{'));
  return values.reduce((sum, each) => sum + Number(each.split(' ').at(-1)), 0);
}
