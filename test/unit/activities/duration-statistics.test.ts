import { expect, test } from 'vitest';
import { createDurationStatistics } from '../../../src/activities/duration-statistics.ts';
import { emptyMemory } from '../../../src/polling/memory.ts';
import { completed, MINUTE, snapshotOf, T0 } from '../../support/core-builders.ts';

test('durations are learnt only from ends', () => {
  const durations = createDurationStatistics();
  const before = { ...emptyMemory(T0), seen: true, lastPollAtMs: T0 };
  for (const snapshot of [snapshotOf(completed), snapshotOf(completed), snapshotOf()]) {
    durations.note({ before, snapshot, nowMs: T0 + MINUTE });
  }
  expect(durations.learnt().total).toBe(2);
});
