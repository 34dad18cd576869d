import { expect, test } from 'vitest';
import type { JobProgress } from '../../../src/client.ts';
import { watchJob } from '../../../src/client-library/watch.ts';

test('if a worker does not say whether polls are paused, the same poll gives no second line', async () => {
  const told = { version: 1, polls: 1, nextPollAt: null, outcome: null } as JobProgress;
  const answers = [told, { ...told, paused: null }, { ...told, version: 2, outcome: {} }] as JobProgress[];
  const unused = (): never => expect.unreachable();
  const job = {
    progress: () => Promise.resolve(answers.shift() ?? unused()),
    result: unused,
    describe: () => Promise.resolve({ status: 'RUNNING' } as never),
  };
  const seen: number[] = [];
  for await (const { version } of watchJob(job, { everyMs: 1 })) seen.push(version);
  expect(seen).toEqual([1, 2]);
});
