import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { Option } from 'commander';
import { programLine } from '../src/process/program-line.ts';
import { numberFrom, wholeNumberFrom } from '../test/support/number-arguments.ts';
import { costRows } from './cost/table.ts';
import { policyRows } from './policy/table.ts';
import { documentOf, type Results, tablesOf } from './report.ts';
import { setup as build } from '../test/support/setup-build.ts';
import { scaleRows } from './scale/table.ts';

const MINUTE_MS = 60_000;
const PARTS = ['policy', 'cost', 'scale'] as const;

interface Options {
  only?: (typeof PARTS)[number];
  quick?: true;
  sideBySide?: true;
  minutes?: number;
  rows?: number[];
  json?: true;
  seed: number;
  save?: true;
}

const line = programLine('npm run bench --', 'Measures what tracking costs, and prints a table for each part.')
  .addOption(new Option('--only <part>', 'run only this part; all if left out').choices(PARTS))
  .option('--quick', 'cost: jobs of 5 min instead of 30; scale: 1 min a row instead of 5')
  .option('--side-by-side', 'cost: all rows at the same time, each on a server of its own')
  .option('--minutes <number>', 'each row takes this many minutes, for a trial', numberFrom(0.1))
  .option(
    '--rows <numbers>',
    'run only these rows of scale, for a trial; the first is 0, with commas between them',
    rowsValue,
  )
  .option('--json', 'print one JSON value on stdout')
  .option('--seed <number>', 'the seed of durations, jitter and job ids', wholeNumberFrom(0), 1)
  .option('--save', 'keep the rows in bench/results.json, and write bench/RESULTS.md');
const { only, quick, sideBySide, minutes, rows, json, seed, save } = line.parse().opts<Options>();

function rowsValue(text: string): number[] {
  return text.split(',').map(wholeNumberFrom(0));
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);
const wants = (part: (typeof PARTS)[number]): boolean => only === undefined || only === part;
const durationMs = (full: number, short: number): number => (minutes ?? (quick === true ? short : full)) * MINUTE_MS;

const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
const results: Results = { machine };
if (wants('cost') || wants('scale')) await build();
if (wants('policy')) results.policy = policyRows(seed, note);
if (wants('cost')) {
  const together = sideBySide === true;
  results.cost = await costRows({ seed, jobs: 40, durationMs: durationMs(30, 5), sideBySide: together, note });
}
if (wants('scale')) {
  results.scale = await scaleRows({
    seed,
    durationMs: durationMs(5, 1),
    note,
    ...(rows === undefined ? {} : { only: rows }),
  });
}

if (save === true) {
  const kept = new URL('results.json', import.meta.url);
  const before = await readFile(kept, 'utf8').then(
    (text) => JSON.parse(text) as Results,
    () => ({ machine }),
  );
  const all = { ...before, ...results };
  await writeFile(kept, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(new URL('RESULTS.md', import.meta.url), documentOf(all));
}
process.stdout.write(json === true ? `${JSON.stringify(results)}\n` : tablesOf(results));
