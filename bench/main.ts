import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { costRows } from './cost/table.ts';
import { policyRows } from './policy/table.ts';
import type { Results } from './report.ts';
import { documentOf, tablesOf } from './report.ts';
import { setup as build } from '../test/support/setup-build.ts';
import { scaleRows } from './scale/table.ts';

const MINUTE_MS = 60_000;
const PARTS = ['policy', 'cost', 'scale'] as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    /** Of a cost job and of a scale row, for a try. */
    minutes: { type: 'string' },
    /** Rows of the scale table by number from 0, for a try. */
    rows: { type: 'string' },
    /** Cost: all subjects at once, each on a server of its own. */
    'side-by-side': { type: 'boolean', default: false },
    /** Keeps the results in bench/results.json and bench/RESULTS.md. */
    save: { type: 'boolean', default: false },
  },
});

const note = (line: string): void => void process.stderr.write(`${line}\n`);

function fail(message: string): never {
  note(message);
  process.exit(2);
}

if (values.only !== undefined && !PARTS.includes(values.only as (typeof PARTS)[number])) {
  fail(`--only must be one of ${PARTS.join(', ')}`);
}
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) fail('--seed must be a whole number');

const wants = (part: (typeof PARTS)[number]): boolean => values.only === undefined || values.only === part;
const durationMs = (full: number, quick: number): number =>
  Number(values.minutes ?? (values.quick ? quick : full)) * MINUTE_MS;

const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
const results: Results = { machine };
if (wants('cost') || wants('scale')) await build();
if (wants('policy')) results.policy = policyRows(seed, note);
if (wants('cost')) {
  const sideBySide = values['side-by-side'];
  results.cost = await costRows({ seed, jobs: 40, durationMs: durationMs(30, 5), sideBySide, note });
}
if (wants('scale')) {
  const only = values.rows?.split(',').map(Number);
  results.scale = await scaleRows({
    seed,
    durationMs: durationMs(5, 1),
    note,
    ...(only === undefined ? {} : { only }),
  });
}

if (values.save) {
  const kept = new URL('results.json', import.meta.url);
  const before = await readFile(kept, 'utf8').then(
    (text) => JSON.parse(text) as Results,
    () => ({ machine }),
  );
  const all = { ...before, ...results };
  await writeFile(kept, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(new URL('RESULTS.md', import.meta.url), documentOf(all));
}
process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : tablesOf(results));
