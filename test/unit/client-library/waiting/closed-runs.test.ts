import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { closedQuery, nextSince } from '../../../../src/client-library/waiting/closed-runs.ts';

const runAt = (closedAt: string) => ({ workflowId: 'job', runId: 'run', closedAt });

test('the query leaves out open runs, and those that go on as a new run', () => {
  const closed = "WorkflowType = 'trackJob' AND ExecutionStatus != 'Running' AND ExecutionStatus != 'ContinuedAsNew'";
  expect(closedQuery(null)).toBe(closed);
  expect(closedQuery('2026-11-29T12:00:00.000Z')).toBe(`${closed} AND CloseTime >= '2026-11-29T12:00:00.000Z'`);
});

test('the next list begins 10 s before the newest end, in any order, and stays there if nothing ends', () => {
  const runs = [
    runAt('2026-11-29T12:00:05.000Z'),
    runAt('2026-11-29T12:00:20.500Z'),
    runAt('2026-11-29T12:00:00.000Z'),
  ];
  const since = '2026-11-29T12:00:10.500Z';
  expect([nextSince(null, runs), nextSince(since, []), nextSince(null, [])]).toEqual([since, since, null]);
});

test('the next list never begins before the last one', () => {
  const anyTime = fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') });
  const anyIso = anyTime.map((time) => time.toISOString());
  fc.assert(
    fc.property(anyIso, fc.array(anyIso.map(runAt)), (since, runs) => {
      expect((nextSince(since, runs) ?? '') >= since).toBe(true);
    }),
  );
});
