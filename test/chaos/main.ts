import { Runtime, DefaultLogger } from '@temporalio/worker';
import { setMaxListeners } from 'node:events';
import { parseArgs } from 'node:util';
import { dump } from './dump.ts';
import { problemLines, summaryOf } from './report.ts';
import { runChaos } from './run.ts';
import { drawSchedule } from './schedule.ts';

// npm run chaos -- --seed N --minutes M [--verbose] [--dump FOLDER]
// Standard output ends with one line of numbers; exit 1 if anything was lost, 130 after Ctrl-C.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '0.5' },
    verbose: { type: 'boolean', default: false },
    dump: { type: 'string' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const seed = Number(values.seed);
  const durationMs = Number(values.minutes) * 60_000;
  if (!Number.isInteger(seed) || !(durationMs >= 10_000)) {
    say('usage: npm run chaos -- --seed <whole number> --minutes <0.2 or more> [--verbose] [--dump <folder>]');
    return 2;
  }
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const schedule = drawSchedule(seed, durationMs);
  const beganMs = Date.now();
  const log = (line: string): void => {
    if (values.verbose) say(`${((Date.now() - beganMs) / 1_000).toFixed(1).padStart(6)} ${line}`);
  };
  log(`schedule: ${JSON.stringify(schedule)}`);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every wait listens
  const stop = (): void => stopping.abort(new Error('stopped'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { dump: folder } = values;
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
