import { describe, expect, test } from 'vitest';
import { judgeQueue, type Queue } from '../../../../src/cli/doctor/judge-server.ts';
import { statusRatePerS } from '../../../../src/polling/budget.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');
const UNLIMITED = 100_000;

const own: Queue = { taskQueue: 'job-tracker', type: 'workflow', account: null, ratePerS: null };
const polls: Queue = {
  taskQueue: 'job-tracker/docswrite/default',
  type: 'activity',
  account: 'docswrite/default',
  ratePerS: statusRatePerS(60),
};
const poller = (ratePerS = UNLIMITED, agoMs = 1_000): Parameters<typeof judgeQueue>[1][number] => ({
  seenAtMs: NOW_MS - agoMs,
  ratePerS,
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
      name: 'task-queue:job-tracker/docswrite/default',
      status: 'failed',
      message: 'nobody polls it',
      hint: 'start a worker that has the account docswrite/default: jobtrack worker',
    });
  });

  test('is one whose pollers the server only remembers', () => {
    expect(judgeQueue(own, [poller(UNLIMITED, 240_000), poller(UNLIMITED, 180_000)], NOW_MS)).toMatchObject({
      status: 'failed',
      message: 'nobody polls it; the last poll was 3 min ago',
    });
    expect(judgeQueue(own, [poller(UNLIMITED, 240_000), poller(UNLIMITED, 89_000)], NOW_MS)).toMatchObject({
      status: 'ok',
      message: '1 worker',
    });
    expect(judgeQueue(own, [{ seenAtMs: null, ratePerS: UNLIMITED }], NOW_MS)).toMatchObject({ status: 'ok' });
  });
});

describe('the budget', () => {
  test('is the same if all workers have our rate, or all have no limit', () => {
    const ours = statusRatePerS(60);
    expect(judgeQueue(polls, [poller(ours), poller(ours)], NOW_MS)).toEqual({
      name: 'task-queue:job-tracker/docswrite/default',
      status: 'ok',
      message: '2 workers',
      hint: null,
    });
    expect(judgeQueue({ ...polls, ratePerS: null }, [poller(), poller(0)], NOW_MS)).toMatchObject({ status: 'ok' });
  });

  test.each([
    [
      'workers differ',
      polls,
      [statusRatePerS(60), statusRatePerS(30)],
      '47.6 a minute and 22.1 a minute',
      '47.6 a minute',
    ],
    ['one has none', polls, [statusRatePerS(60), UNLIMITED], '47.6 a minute and no limit', '47.6 a minute'],
    ['all differ from ours', polls, [statusRatePerS(30)], '22.1 a minute', '47.6 a minute'],
    ['we have none', { ...polls, ratePerS: null }, [statusRatePerS(30)], '22.1 a minute', 'no limit'],
  ])('is a warning where %s', (_, queue, rates, theirs, ours) => {
    expect(
      judgeQueue(
        queue,
        rates.map((rate) => poller(rate)),
        NOW_MS,
      ),
    ).toEqual({
      name: 'task-queue:job-tracker/docswrite/default',
      status: 'warning',
      message: `workers disagree about the budget of docswrite/default: they say ${theirs}, this configuration ${ours}`,
      hint: 'give every worker of the account the same requestsPerMinute: the last one to poll sets the rate for all',
    });
  });

  test('of a worker that has gone does not count any more', () => {
    const gone = poller(statusRatePerS(30), 200_000);
    expect(judgeQueue(polls, [gone, poller(statusRatePerS(60))], NOW_MS)).toMatchObject({ status: 'ok' });
  });
});
