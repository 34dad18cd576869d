import { expect, test } from 'vitest';
import type { JobProgress } from '../../../../src/client.ts';
import { openQuery, partsOf } from '../../../../src/client-library/open-jobs.ts';
import { seenOf } from '../../../../src/client-library/watching/attributes.ts';

test('the query finds the open ones of some workflows', () => {
  expect(openQuery(['job:a:1', "it's"])).toBe(
    String.raw`WorkflowType = 'trackJob' AND ExecutionStatus = 'Running' AND WorkflowId IN ('job:a:1', 'it\'s')`,
  );
});

test('ids are listed in parts of 200, each once, without those that no store can search for', () => {
  const ids = Array.from({ length: 450 }, (_, index) => `job-${index}`);
  const parts = partsOf([...ids, ...ids, 'a"b', String.raw`a\b`, "a''b"]);
  expect([parts.map(({ length }) => length), parts.flat()]).toEqual([[200, 200, 50], ids]);
  expect(partsOf([])).toEqual([]);
});

test('a progress is compared as its attributes show it: state, health, and percent in tens', () => {
  const progress = { state: 'running', health: { status: 'stalled' }, progress: 39 } as JobProgress;
  expect(seenOf(progress)).toBe('["running","stalled",30]');
  expect(seenOf({ ...progress, progress: null })).toBe('["running","stalled",null]');
});
