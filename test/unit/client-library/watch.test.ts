import { expect, test } from 'vitest';
import { type JobProgress, TrackingTerminatedError, UnreachableError } from '../../../src/client.ts';
import { createLooks } from '../../../src/client-library/watching/looks.ts';
import { watchJob } from '../../../src/client-library/watch.ts';

test('if a worker does not say whether polls are paused, the same poll gives no second line', async () => {
  const first = {
    version: 1,
    polls: 1,
    nextPollAt: null,
    outcome: null,
    health: { status: 'ok' },
  } as JobProgress;
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

test('tracking that was ended from outside shows its last progress, and then throws; an outage meanwhile is reported', async () => {
  const away = new UnreachableError('temporal', 'Temporal cannot be reached', { hint: 'start it' });
  const terminated = new TrackingTerminatedError('job', 'was terminated');
  const results = [away, terminated];
  const last = { version: 7, outcome: null, health: { status: 'ok' } } as JobProgress;
  const seen: unknown[] = [];
  const job = {
    workflowId: 'job',
    looks: createLooks(() => expect.unreachable()),
    look: async () => ({ progress: last, status: 'TERMINATED' }),
    result: async () => {
      throw results.shift() ?? new Error('a third call');
    },
  };
  const watch = async (): Promise<void> => {
    const options = { everyMs: 1, onTrouble: (error: unknown) => seen.push(error) };
    for await (const { version } of watchJob(job, options)) seen.push(version);
  };
  await expect(watch()).rejects.toBe(terminated);
  expect(seen).toEqual([7, away, null]);
});
