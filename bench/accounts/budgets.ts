import { setTimeout as sleep } from 'node:timers/promises';
import { createTeardown, type Teardown } from '../../src/cli/playground/teardown.ts';
import { withCleanUp } from '../../src/process/clean-up.ts';
import { programLine } from '../../src/process/program-line.ts';
import { pollRatePerS } from '../../src/polling/budget.ts';
import { wholeNumberFrom } from '../../test/support/number-arguments.ts';
import { setup as build } from '../../test/support/setup-build.ts';
import { busiestWindow } from '../../test/support/budget-play.ts';
import { startJobs } from '../live/load.ts';
import { startStage, TRACKER } from '../live/stage.ts';
import { accountName, CREDENTIAL, entriesOf, writeAccounts } from './files.ts';

// Two workers share the budgets of many accounts. A third joins, and then one is killed.

const line = programLine(
  'npx tsx bench/accounts/budgets.ts',
  'No budget is exceeded while workers join and die, and little of it stays unused. Takes about 11 minutes.',
)
  .argument('[accounts]', 'each with a budget', wholeNumberFrom(1), 200)
  .argument('[budget]', 'requests a minute', wholeNumberFrom(5), 12)
  .option('--jobs <number>', 'of each account', wholeNumberFrom(1), 4)
  .option('--steady <seconds>', 'how long each steady state is measured', wholeNumberFrom(30), 120)
  .option('--seed <number>', 'of job ids', wholeNumberFrom(0), 1);
const [accounts, budget] = line.parse().processedArgs as [number, number];
const { jobs: jobsEach, steady, seed } = line.opts<Record<'jobs' | 'steady' | 'seed', number>>();

/** The part of what the polls may use that must be used. */
const USED = 0.8;
/** A share grows 75 s after a worker has gone, which the others see after 75 to 135 s. */
const SETTLED_MS = { start: 100_000, join: 100_000, death: 240_000 };
const MINUTE_MS = 60_000;

const note = (text: string): void => void process.stderr.write(`${text}\n`);
await build();
const teardown = createTeardown();
const found = await withCleanUp(
  () => play(teardown),
  () => teardown.run(),
);
console.log(JSON.stringify({ accounts, budget, jobs: accounts * jobsEach, ...found }, null, 2));
const isKept = found.busiestMinute <= budget && found.used.every((part) => part >= USED);
console.log(isKept ? 'kept' : 'BROKEN');
process.exitCode = isKept ? 0 : 1;

interface Found {
  /** The most requests of one account in any 60 s. */
  readonly busiestMinute: number;
  /** What the polls used of what they may use: of two workers, of three, and of two again. */
  readonly used: readonly number[];
}

async function play(stopping: Teardown): Promise<Found> {
  const stage = await startStage({ seed, note, teardown: stopping });
  const file = await writeAccounts(stage.folder, entriesOf(accounts, stage.simulatorUrl, budget));
  const taskQueue = 'budgets';
  const worker = { ...TRACKER, taskQueue, env: { ...CREDENTIAL, JOBTRACK_ACCOUNTS: file } };
  const [first] = [await stage.startWorker(worker), await stage.startWorker(worker)];
  const polling = { mode: 'fixed', minIntervalMs: 2_000, maxIntervalMs: 60_000, intervalMs: 5_000 } as const;
  const accountOf = (index: number): string => accountName(index % accounts);
  const { jobIds } = await startJobs(stage, { jobs: accounts * jobsEach, taskQueue, polling, accountOf });
  const used = async (): Promise<number> => {
    const sinceMs = Date.now();
    await sleep(steady * 1_000);
    const polls = Object.values(await stage.readsSince(sinceMs)).flat().length;
    return Math.round(((polls * 1_000) / (accounts * pollRatePerS(budget) * (Date.now() - sinceMs))) * 1_000) / 1_000;
  };
  const settle = async (what: keyof typeof SETTLED_MS): Promise<void> => {
    note(`${what}: waiting ${SETTLED_MS[what] / 1_000} s, then measuring ${steady} s`);
    await sleep(SETTLED_MS[what]);
  };
  await settle('start');
  const ofTwo = await used();
  await stage.startWorker(worker);
  await settle('join');
  const ofThree = await used();
  first.kill();
  await settle('death');
  const afterDeath = await used();
  const reads = await stage.readsSince(0);
  const busiest = Array.from({ length: accounts }, (_, account) =>
    busiestWindow(
      jobIds.flatMap((jobId, index) => (index % accounts === account ? (reads[jobId] ?? []) : [])),
      MINUTE_MS,
    ),
  );
  return { busiestMinute: Math.max(...busiest), used: [ofTwo, ofThree, afterDeath] };
}
