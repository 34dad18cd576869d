import { expect, test } from 'vitest';
import type { JobProgress } from '../../../src/client.ts';
import { watchJob } from '../../../src/client-library/watch.ts';

test('a worker that does not tell whether polls are paused gives no second line for the same poll', async () => {
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
