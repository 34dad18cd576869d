import { expect, test } from 'vitest';
import { createDurationStatistics } from '../../../src/activities/duration-statistics.ts';
import { emptyMemory } from '../../../src/polling/memory.ts';
import { completed, DEEPWRITER, MINUTE, snapshotOf, T0 } from '../../support/core-builders.ts';

test('is learnt by provider and account, and only from ends', () => {
  const learning = createDurationStatistics();
  const before = { ...emptyMemory(T0), seen: true, lastPollAtMs: T0 };
  const note = (snapshot = snapshotOf(completed)) =>
    learning.note(DEEPWRITER, { before, snapshot, nowMs: T0 + MINUTE });
  note();
  note();
  note(snapshotOf());
  expect(learning.of({ ...DEEPWRITER, jobId: 'another' }).total).toBe(2);
  expect(learning.of({ ...DEEPWRITER, account: 'another' }).total).toBe(0);
});
