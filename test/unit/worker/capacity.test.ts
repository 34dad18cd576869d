import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import type { Capacity } from '../../../src/worker/capacity.ts';
import { capacityFor, memoryHere } from '../../../src/worker/capacity.ts';

const AS_MANY_AS_FIT = 1_000_000;

test.each<[totalMb: number, heapMb: number, Capacity]>([
  [128, 64, { cachedWorkflows: 50, holds: 50 }], // it works all the same
  [512, 256, { cachedWorkflows: 354, holds: 354 }],
  [1_024, 768, { cachedWorkflows: 1_264, holds: 1_264 }],
  [2_048, 256, { cachedWorkflows: 524, holds: 524 }], // the heap is what is short
  [65_536, 4_144, { cachedWorkflows: 10_000, holds: 16_076 }],
])('into %i MiB with a heap of %i fit %o', (totalMb, heapMb, capacity) => {
  expect(capacityFor({ totalMb, heapMb }, AS_MANY_AS_FIT)).toEqual(capacity);
});

test('more memory never holds fewer jobs, and never more than it may', () => {
  const holds = [100, 300, 512, 700, 1_024, 4_096, 16_384].map(
    (totalMb) => capacityFor({ totalMb, heapMb: totalMb * 0.75 }, 1_000).holds,
  );
  expect(holds).toEqual(holds.toSorted((one, other) => one - other));
  expect([holds[0], holds.at(-1)]).toEqual([50, 1_000]);
});

test('what fits takes less than the memory that there is, at half a megabyte a job', () => {
  for (const totalMb of [400, 512, 1_024, 4_096]) {
    const { cachedWorkflows } = capacityFor({ totalMb, heapMb: totalMb }, AS_MANY_AS_FIT);
    expect(250 + cachedWorkflows * 0.5, `${totalMb} MiB`).toBeLessThan(totalMb);
  }
});

test('the memory of this process is that of the machine, or less; its heap is what it was told', () => {
  const here = memoryHere();
  expect(here.totalMb).toBeGreaterThan(0);
  expect(here.totalMb).toBeLessThanOrEqual(totalmem() / 2 ** 20);
  const code = "import('./src/worker/capacity.ts').then(({ memoryHere }) => console.log(memoryHere().heapMb))";
  const told = execFileSync(process.execPath, ['--max-old-space-size=300', '--import', 'tsx', '-e', code]);
  expect(Number(told)).toBeGreaterThanOrEqual(300);
  expect(Number(told)).toBeLessThan(400);
});
