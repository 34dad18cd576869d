import { expect, test } from 'vitest';
import { phaseOffsetOf } from '../../../src/polling/phase-offset.ts';

test('jobs are spread evenly by their names', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let n = 0; n < 2_000; n++) {
    const phaseOffset = phaseOffsetOf(`job:docswrite:default:post:${n}`);
    const tenth = Math.floor(phaseOffset * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(Math.min(...tenths)).toBeGreaterThan(140);
  expect(Math.max(...tenths)).toBeLessThan(260);
});
