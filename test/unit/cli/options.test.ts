import { expect, test } from 'vitest';
import { addressOf } from '../../../src/cli/job-address.ts';
import { countValue, durationValue, labelValue, limitValue, portValue } from '../../../src/cli/option-values.ts';
import { atServer, without } from '../../../src/cli/playground/child-environment.ts';
import { overridden, taskQueueOf } from '../../../src/cli/reach.ts';
import { trackOptionsOf } from '../../../src/cli/track-command.ts';
import { loadTemporalConfig } from '../../../src/config.ts';

test('durations, counts and ports are read, or refused by what they must be', () => {
  expect([durationValue('90s'), durationValue('1h30m'), durationValue('250')]).toEqual([90_000, 5_400_000, 250]);
  expect([countValue('50'), portValue('0'), portValue('8801')]).toEqual([50, 0, 8801]);
  expect(() => durationValue('soon')).toThrow('It must be a duration such as 90s, 5m or 2h.');
  expect(() => countValue('0')).toThrow('It must be a whole number from 1.');
  expect(() => countValue('1.5')).toThrow('whole number');
  expect(() => portValue('70000')).toThrow('It must be a port');
});

test('labels and limits add up', () => {
  expect(labelValue('b=2=3', labelValue('a=1'))).toEqual({ a: '1', b: '2=3' });
  expect(limitValue('stalled=none', limitValue('total=2h'))).toEqual({ totalMs: 7_200_000, stalledMs: null });
  expect(() => labelValue('alone')).toThrow('It must look like key=value.');
  expect(() => limitValue('constructor=1s')).toThrow('It must begin with one of total, queued, running, stalled.');
  expect(() => limitValue('total=soon')).toThrow('duration');
});

test.each([
  [{ interval: 5_000 }, { polling: { mode: 'fixed', intervalMs: 5_000 } }],
  [{ maxInterval: 60_000 }, { polling: { maxIntervalMs: 60_000 } }],
  [{ interval: 5_000, maxInterval: 60_000 }, { polling: { minIntervalMs: 5_000, maxIntervalMs: 60_000 } }],
  [{ limit: { totalMs: 1 }, onLimit: 'cancel' as const }, { limits: { totalMs: 1, onLimit: 'cancel' } }],
  [
    { again: true as const, label: { a: '1' } },
    { again: true, labels: { a: '1' } },
  ],
  [{}, {}],
])('options of track become options of the client', (given, expected) => {
  expect(trackOptionsOf(given)).toEqual(expected);
});

test('a job is named by provider and id, or by a workflow id alone', () => {
  expect(addressOf(['docswrite', '42'], {})).toEqual({ provider: 'docswrite', jobId: '42' });
  expect(addressOf(['docswrite', '42'], { queueType: 'publish', account: 'b' })).toEqual({
    provider: 'docswrite',
    jobId: '42',
    queueType: 'publish',
    account: 'b',
  });
  expect(addressOf(['job:docswrite:default:post:42'], {})).toBe('job:docswrite:default:post:42');
  expect(() => addressOf(['docswrite'], {})).toThrow('job.jobId is missing after docswrite');
  expect(() => addressOf(['job:docswrite:default:post:42'], { account: 'b' })).toThrow(
    'holds queue type and account already',
  );
});

test('the command line overrides the environment', () => {
  const env = { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_NAMESPACE: 'x', OTHER: '1' };
  expect(overridden(env, {})).toEqual(env);
  expect(overridden(env, { address: 'b:2', namespace: 'y' })).toEqual({
    TEMPORAL_ADDRESS: 'b:2',
    TEMPORAL_NAMESPACE: 'y',
    OTHER: '1',
  });
});

test('the task queue is read without a look at anything else of a worker', () => {
  expect(taskQueueOf({})).toBe('job-tracker');
  expect(taskQueueOf({ JOBTRACK_TASK_QUEUE: 'mine', JOBTRACK_HOLD_MS: 'nonsense' })).toBe('mine');
  expect(() => taskQueueOf({ JOBTRACK_TASK_QUEUE: 'with space' })).toThrow('JOBTRACK_TASK_QUEUE');
});

test('an embedded server meets no settings of another one', () => {
  const env = {
    PATH: '/bin',
    TEMPORAL_API_KEY: 'k',
    TEMPORAL_TLS: 'true',
    TEMPORAL_CLI_PATH: '/t',
    DOCSWRITE_TOKEN: 'd',
  };
  expect(without(env, 'TEMPORAL_', 'DOCSWRITE_')).toEqual({ PATH: '/bin', TEMPORAL_CLI_PATH: '/t' });
  const { connectionOptions, namespace } = loadTemporalConfig(atServer(env, '127.0.0.1:9'));
  expect([connectionOptions?.address, connectionOptions?.apiKey, connectionOptions?.tls, namespace]).toEqual([
    '127.0.0.1:9',
    undefined,
    undefined,
    'default',
  ]);
});
