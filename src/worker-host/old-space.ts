import { once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type Environment, environment } from '../config/index.ts';

const MIB = 2 ** 20;
/** V8 counts the young generation as three semi-spaces. */
const SEMI_SPACES = 3;

/**
 * The limit of V8's old space, where all that lives long is, in MiB. V8 reports only its sum with the young generation, which is 48 MiB
 * in Node 20 and 22, 192 MiB in Node 24 and 96 MiB in Node 26, if no option sets it.
 */
export async function oldSpaceMb(): Promise<number> {
  const semiSpaceMb = semiSpaceOption(process.execArgv, environment());
  const youngMb = semiSpaceMb === null ? await defaultYoungMb() : semiSpaceMb * SEMI_SPACES;
  return Math.floor(getHeapStatistics().heap_size_limit / MIB - youngMb);
}

const OPTION = /--max[-_]semi[-_]space[-_]size=(\d+)/g;

/** @returns the last `--max-semi-space-size`, MiB; the command line comes after `NODE_OPTIONS`; null: there is none */
function semiSpaceOption(args: readonly string[], { NODE_OPTIONS = '' }: Environment): number | null {
  const found = [...`${NODE_OPTIONS} ${args.join(' ')}`.matchAll(OPTION)].at(-1)?.[1];
  return Number(found ?? 0) || null; // 0 is V8's own default
}

const SAY = "const threads = require('node:worker_threads'); threads.parentPort.postMessage(threads.resourceLimits)";

/** A new thread gets the defaults of this version and machine, and says what they are. */
async function defaultYoungMb(): Promise<number> {
  const thread = new Worker(SAY, { eval: true, execArgv: [], env: {} });
  const [limits] = (await once(thread, 'message')) as [{ maxYoungGenerationSizeMb: number }];
  await thread.terminate();
  return limits.maxYoungGenerationSizeMb;
}
