import { expect, test } from 'vitest';
import type { JobProgress } from '../../../src/client.ts';
import { createLooks } from '../../../src/client-library/watching/looks.ts';
import { watchJob } from '../../../src/client-library/watch.ts';

test('if a worker does not say whether polls are paused, the same poll gives no second line', async () => {
  const first = { version: 1, polls: 1, nextPollAt: null, outcome: null, health: { status: 'ok' } } as JobProgress;
  const answers = [first, { ...first, paused: null }, { ...first, version: 2, outcome: {} }] as JobProgress[];
  const unused = (): never => expect.unreachable();
  const job = {
    workflowId: 'job',
    looks: createLooks(unused),
    look: async () => ({ progress: answers.shift() ?? unused(), status: 'RUNNING' }),
    result: unused,
  };
  const seen: number[] = [];
  for await (const { version } of watchJob(job, { everyMs: 1 })) seen.push(version);
  expect(seen).toEqual([1, 2]);
});
