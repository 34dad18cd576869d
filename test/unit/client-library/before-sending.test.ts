import { describe, expect, test } from 'vitest';
import {
  statusQueueOf,
  createJobTracker,
  InvalidJobError,
  type JobRef,
  type LimitOptions,
  type TrackOptions,
} from '../../../src/client.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { SERVER_LIMITS } from '../../../src/contract/server-limits.ts';
import { DEEPWRITER, DOCSWRITE } from '../../support/core-builders.ts';

// No server listens at this address, so each request fails with "cannot be reached". An error about the input comes before a request.
const address = '127.0.0.1:1';
const tracker = createJobTracker({ address });

async function problemsOf(call: Promise<unknown>): Promise<readonly unknown[]> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidJobError);
  const { message, problems } = error as InvalidJobError;
  expect(message).toBe(problems.map(({ field, problem }) => `${field} ${problem}`).join('; '));
  return problems.map(({ field, problem }) => [field, problem]);
}

const limit = 'must be null or whole milliseconds from 1000 to 31622400000';
const interval = 'must be whole milliseconds from 1000 to 86400000';
const id = 'must be at most 200 bytes';
const duration = 'must be a duration such as "90s" or "2h", or a number of ms';
const huge = 'x'.repeat(5_000_000); // the server accepts no message of this size

describe('the client refuses what the server or a worker would refuse, before it sends anything', () => {
  test.each<[string, LimitOptions, [field: string, problem: string][]]>([
    [
      'a number out of range',
      { totalMs: -5, queuedMs: '400d' },
      [
        ['limits.totalMs', limit],
        ['limits.queuedMs', limit],
      ],
    ],
    ['a text without a unit', { runningMs: '7200' }, [['limits.runningMs', duration]]],
    ['another word', { onLimit: huge as 'stop' }, [['limits.onLimit', 'must be one of stop, cancel, alert']]],
    ['an unknown key', { patience: huge } as LimitOptions, [['limits.patience', 'is not known']]],
    ['no object', huge as LimitOptions, [['limits', 'must be an object']]],
  ])('setLimits: %s', async (_, limits, problems) => {
    expect(await problemsOf(tracker.get(DOCSWRITE).setLimits(limits))).toEqual(problems);
  });

  test.each<[string, JobRef, TrackOptions, [field: string, problem: string][]]>([
    ['the job id', { ...DOCSWRITE, jobId: huge }, {}, [['job.jobId', id]]],
    [
      'a parameter',
      { ...DOCSWRITE, queueType: huge },
      {},
      [['job.queueType', 'must be 1 to 200 printable ASCII characters']],
    ],
    ['the account', { ...DEEPWRITER, account: huge }, {}, [['job.account', 'must be 1 to 40 of a-z, 0-9 and -']]],
    ['an unknown key of the job', { ...DEEPWRITER, [huge]: '' }, {}, [[`job.${'x'.repeat(95)}…`, 'is not known']]],
    [
      'the labels',
      DEEPWRITER,
      { labels: { a: huge } },
      [['labels.a', 'must be visible text of at most 200 characters']],
    ],
    ['polling', DEEPWRITER, { polling: { minIntervalMs: '1ms' } }, [['polling.minIntervalMs', interval]]],
    ['polling that is no object', DEEPWRITER, { polling: huge as never }, [['polling', 'must be an object']]],
    [
      'limits',
      DEEPWRITER,
      { limits: { totalMs: 1, [huge]: 1 } },
      [
        ['limits.totalMs', limit],
        [`limits.${'x'.repeat(92)}…`, 'is not known'],
      ],
    ],
  ])('track: %s', async (_, job, options, problems) => {
    expect(await problemsOf(tracker.track(job, options))).toEqual(problems);
  });
});

describe('the task queue of a tracker', () => {
  const rule = 'must be 1 to 150 printable ASCII characters without spaces, and not begin with /_sys/';

  test.each(['', 'a b', '\u20ac', 'x'.repeat(151), '/_sys/queue/1'])(
    'must obey the rule of the setting: %j',
    (taskQueue) => {
      expect(() => createJobTracker({ address, taskQueue })).toThrow(new TypeError(`taskQueue ${rule}`));
      if (taskQueue !== '')
        expect(() => loadConfig({ JOBTRACK_TASK_QUEUE: taskQueue })).toThrow(`JOBTRACK_TASK_QUEUE: ${rule}`);
    },
  );

  test('may be long, but the longest queue name derived from it must fit the server and its databases', async () => {
    const taskQueue = 'x'.repeat(150);
    await createJobTracker({ address, taskQueue }).close();
    const longest = statusQueueOf(taskQueue, 'p'.repeat(40));
    expect(`/_sys/${longest}/3`.length).toBeLessThanOrEqual(SERVER_LIMITS.storedIdChars);
  });
});
