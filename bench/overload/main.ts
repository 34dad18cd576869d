import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../src/embedded/run.ts';
import { programLine } from '../../src/process/program-line.ts';
import { setup as build } from '../../test/support/setup-build.ts';
import { wholeNumberFrom } from '../../test/support/number-arguments.ts';
import { type Carried, playOverload } from './play.ts';

// One worker gets more polls than it can make. Cancels and queries must stay fast, and all jobs must be late evenly.

const line = programLine(
  'npx tsx bench/overload/main.ts',
  'More polls than one worker can make: cancels and queries stay fast, and lateness is even.',
)
  .argument('[jobs]', 'of the default account', wholeNumberFrom(1), 2_000)
  .argument('[interval]', 'seconds between two polls of a job', wholeNumberFrom(1), 2)
  .option('--neighbours <number>', 'other accounts, each with one job every 5 s', wholeNumberFrom(0), 0)
  .option('--seconds <number>', 'how long each worker is measured', wholeNumberFrom(5), 120)
  .option('--baseline <folder>', 'compare with the worker of this checkout, which has its packages installed')
  .option('--seed <number>', 'of job ids', wholeNumberFrom(0), 1);
const [jobs, intervalS] = line.parse().processedArgs as [number, number];
const { neighbours, seconds, baseline, seed } = line.opts<{
  neighbours: number;
  seconds: number;
  baseline?: string;
  seed: number;
}>();

/** A cancel or a query may take so long (p99), ms. */
const ANSWER_MS = 1_500;
/** A poll of a neighbour may be so late (p99), ms. */
const NEIGHBOUR_LATE_MS = 1_000;
/** The share of the baseline's polls a second that must remain. */
const POLLS_SHARE = 0.9;
/** No job may be later than so many times the median job. */
const UNEVEN = 3;
/** Lateness below it is not uneven, whatever the median is, ms: timers and answers are not exact. */
const EVEN_MS = 200;

/** As docs/operations.md advises for 4 GB. */
const NODE_OPTIONS = '--max-old-space-size=3072 --max-semi-space-size=64';
/** As docs/operations.md of c6fc33b advises for 4 GB. */
const BASELINE_NODE_OPTIONS = '--max-old-space-size=3072';

const note = (text: string): void => void process.stderr.write(`${text}\n`);
const load = { jobs, intervalMs: intervalS * 1_000, neighbours, forMs: seconds * 1_000, seed, note };
await build();
const before = baseline === undefined ? null : await ofBaseline(baseline);
note('this checkout');
const carried = await playOverload(new URL('../../', import.meta.url), { ...load, nodeOptions: NODE_OPTIONS });
const ratios = before === null ? null : ratiosOf(carried, before);
console.log(JSON.stringify({ jobs, intervalS, carried, ...(before && { baseline: before, ratios }) }, null, 2));
const { cancel, query, latenessOfJobs, neighbours: others } = carried;
const isFast = Math.max(cancel.p99, query.p99) <= ANSWER_MS;
const isEven = latenessOfJobs.max <= Math.max(EVEN_MS, UNEVEN * latenessOfJobs.p50);
const isAsMuch = ratios === null || ratios.pollsPerS >= POLLS_SHARE;
const isKept = isFast && isEven && isAsMuch && others.p99 <= NEIGHBOUR_LATE_MS;
console.log(isKept ? 'kept' : 'BROKEN');
process.exitCode = isKept ? 0 : 1;

async function ofBaseline(folder: string): Promise<Carried> {
  const { code, stderr } = await run('npm', ['run', 'build'], { cwd: folder, env: process.env, timeoutMs: 180_000 });
  if (code !== 0) throw new Error(`the baseline cannot be built: ${stderr}`);
  note('the baseline');
  return playOverload(pathToFileURL(join(folder, '/')), { ...load, nodeOptions: BASELINE_NODE_OPTIONS });
}

/** This checkout's numbers, divided by those of the baseline. */
function ratiosOf(own: Carried, other: Carried) {
  const ratio = (one: number, two: number): number => Math.round((one * 1_000) / Math.max(1, two)) / 1_000;
  return {
    pollsPerS: ratio(own.pollsPerS, other.pollsPerS),
    latenessP99: ratio(own.lateness.p99, other.lateness.p99),
    cancelP99: ratio(own.cancel.p99, other.cancel.p99),
    queryP99: ratio(own.query.p99, other.query.p99),
  };
}
