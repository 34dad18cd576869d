import { Runtime, DefaultLogger } from '@temporalio/worker';
import { setMaxListeners } from 'node:events';
import { programLine } from '../../src/process/program-line.ts';
import { numberFrom, wholeNumberFrom } from '../support/number-arguments.ts';
import { dump } from './dump.ts';
import { problemLines, summaryOf } from './report.ts';
import { runChaos } from './run.ts';
import { drawSchedule } from './schedule.ts';

// The last line on standard output is a summary in numbers. Exit code 1: something was lost. 130: Ctrl-C.

interface Options {
  seed: number;
  minutes: number;
  verbose?: true;
  dump?: string;
}

const line = programLine(
  'npm run chaos --',
  'Plays jobs under random kills and outages, and compares the outcomes with what the services know.',
)
  .option('--seed <number>', 'draws the same schedule again', wholeNumberFrom(0), 1)
  .option('--minutes <number>', 'how long jobs are begun and processes killed', numberFrom(0.2), 0.5)
  .option('--verbose', 'say each event as it happens')
  .option('--dump <folder>', 'write the histories of all jobs there');
const options = line.parse().opts<Options>();

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { seed, dump: folder } = options;
  const durationMs = options.minutes * 60_000;
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const schedule = drawSchedule(seed, durationMs);
  const beganMs = Date.now();
  const log = (text: string): void => {
    if (options.verbose === true) say(`${((Date.now() - beganMs) / 1_000).toFixed(1).padStart(6)} ${text}`);
  };
  log(`schedule: ${JSON.stringify(schedule)}`);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every wait adds a listener
  const stop = (): void => stopping.abort(new Error('stopped'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const report = await runChaos({
    schedule,
    log,
    signal: stopping.signal,
    inspect: async (made, client, cluster) => {
      if (folder !== undefined) await dump(folder, made, { client, cluster });
    },
  }).catch((error: unknown) => {
    if (stopping.signal.aborted) return null;
    throw error;
  });
  if (report === null) return 130;
  const problems = problemLines(report);
  for (const problem of problems) say(`seed ${seed}: ${problem}`);
  say(summaryOf(report));
  return problems.length === 0 ? 0 : 1;
}

process.exit(await main());
