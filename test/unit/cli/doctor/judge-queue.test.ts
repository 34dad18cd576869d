import { describe, expect, test } from 'vitest';
import { judgeQueue, type Queue } from '../../../../src/cli/doctor/judge-server.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');

const own: Queue = { taskQueue: 'job-tracker', type: 'workflow', pool: null };
const polls: Queue = { taskQueue: 'job-tracker/shared/status', type: 'activity', pool: 'shared' };
const poller = (agoMs = 1_000, identity = 'one'): Parameters<typeof judgeQueue>[1][number] => ({
  identity,
  seenAtMs: NOW_MS - agoMs,
});

describe('a queue that no worker polls', () => {
  test('is a failure that says which worker to start', () => {
    expect(judgeQueue(own, [], NOW_MS)).toEqual({
      name: 'task-queue:job-tracker',
      status: 'failed',
      message: 'nobody polls it',
      hint: 'start a worker: jobtrack worker; one that runs must have JOBTRACK_TASK_QUEUE=job-tracker and this namespace',
    });
    expect(judgeQueue(polls, [], NOW_MS)).toEqual({
      name: 'task-queue:job-tracker/shared/status',
      status: 'failed',
      message: 'nobody polls it',
      hint: 'start a worker that has an account of pool shared: jobtrack worker',
    });
  });

  test('is one whose pollers the server only remembers', () => {
    expect(judgeQueue(own, [poller(240_000), poller(180_000)], NOW_MS)).toMatchObject({
      status: 'failed',
      message: 'nobody polls it; the last poll was 3 min ago',
    });
    expect(judgeQueue(own, [poller(240_000), poller(89_000)], NOW_MS)).toMatchObject({
      status: 'ok',
      message: '1 worker',
    });
    expect(judgeQueue(own, [{ identity: 'one', seenAtMs: null }], NOW_MS)).toMatchObject({ status: 'ok' });
  });
});

test('a queue counts the workers that poll it, each once, though it polls several partitions', () => {
  expect(judgeQueue(polls, [poller(), poller(2_000), poller(1_000, 'other')], NOW_MS)).toEqual({
    name: 'task-queue:job-tracker/shared/status',
    status: 'ok',
    message: '2 workers',
    hint: null,
  });
});
