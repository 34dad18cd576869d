import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { type Capacity, capacityFor, memoryHere } from '../../../src/worker-host/capacity.ts';

const AS_MANY_AS_FIT = 1_000_000;

test.each<[totalMb: number, heapMb: number, maxHolds: number, Capacity]>([
  [128, 64, AS_MANY_AS_FIT, { cachedWorkflows: 50, holds: 50 }], // it still works
  [512, 384, AS_MANY_AS_FIT, { cachedWorkflows: 182, holds: 638 }],
  [1_024, 768, AS_MANY_AS_FIT, { cachedWorkflows: 650, holds: 2_276 }],
  [1_024, 768, 1_000, { cachedWorkflows: 1_197, holds: 1_000 }], // workflows get the memory that holds do not need
  [2_048, 256, AS_MANY_AS_FIT, { cachedWorkflows: 524, holds: 1_048 }], // the heap is the limit
  [65_536, 4_144, 2_000, { cachedWorkflows: 10_000, holds: 2_000 }],
])('%i MiB with a heap of %i MiB and at most %i holds have room for %o', (totalMb, heapMb, maxHolds, capacity) => {
  expect(capacityFor({ totalMb, heapMb }, maxHolds)).toEqual(capacity);
});

test('more memory never means fewer holds, and never more than the limit', () => {
  const holds = [100, 300, 512, 700, 1_024, 4_096, 16_384].map(
    (totalMb) => capacityFor({ totalMb, heapMb: totalMb * 0.75 }, 1_000).holds,
  );
  expect(holds).toEqual(holds.toSorted((one, other) => one - other));
  expect([holds[0], holds.at(-1)]).toEqual([50, 1_000]);
});

test('the capacity fits into the memory, even if each item is a fifth bigger than assumed', () => {
  for (const totalMb of [400, 512, 1_024, 4_096]) {
    for (const maxHolds of [100, 1_000, AS_MANY_AS_FIT]) {
      const { cachedWorkflows, holds } = capacityFor({ totalMb, heapMb: totalMb }, maxHolds);
      expect(250 + cachedWorkflows * 0.42 + holds * 0.18, `${totalMb} MiB`).toBeLessThan(totalMb);
    }
  }
});

test('the memory of this process is that of the machine, or less', async () => {
  const here = await memoryHere(null);
  expect(here.totalMb).toBeGreaterThan(0);
  expect(here.totalMb).toBeLessThanOrEqual(totalmem() / 2 ** 20);
  expect(await memoryHere(512)).toEqual({ ...here, totalMb: 512 });
});
