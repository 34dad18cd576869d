import { expect, test } from 'vitest';
import { failureOf } from '../../../../src/cli/exit.ts';
import { addressOf } from '../../../../src/cli/options/job-address.ts';
import {
  countOrAllValue,
  durationWithin,
  intervalValue,
  labelValue,
  limitValue,
  portValue,
} from '../../../../src/cli/options/values.ts';
import { atServer, without } from '../../../../src/cli/playground/worker-process.ts';
import { overridden, taskQueueOf } from '../../../../src/cli/connection.ts';
import { trackOptionsOf } from '../../../../src/cli/commands/track.ts';
import { InvalidJobError } from '../../../../src/client.ts';
import { loadTemporalConfig } from '../../../../src/config/index.ts';

test('counts and ports are read, or refused with what they must be', () => {
  expect([countOrAllValue('50'), portValue('0'), portValue('8801')]).toEqual([50, 0, 8801]);
  expect(countOrAllValue('all')).toBe(Number.POSITIVE_INFINITY);
  for (const text of ['0', '1.5', '100001', 'ALL'])
    expect(() => countOrAllValue(text)).toThrow('It must be a whole number from 1 to 100000, or all.');
  expect(() => portValue('70000')).toThrow('It must be a port');
});

test('durations are read with their unit', () => {
  expect([intervalValue('90s'), intervalValue('1h30m'), intervalValue(' 1500MS ')]).toEqual([90_000, 5_400_000, 1_500]);
  expect(() => intervalValue('soon')).toThrow('It must be a duration such as 90s, 5m or 2h.');
});

test.each([
  ['7200', 'It needs a unit, such as 7200s or 2h.'],
  ['172800', 'It needs a unit, such as 172800s or 2d.'],
  ['60', 'It needs a unit, such as 60s or 1m.'],
  ['3', 'It needs a unit, such as 3s.'],
  ['1.5', 'It needs a unit, such as 1.5s or 1500ms.'],
])('the bare number %s is refused as a duration, with how to write it', (text, problem) => {
  expect(() => intervalValue(text)).toThrow(problem);
  expect(() => limitValue(`total=${text}`)).toThrow(problem);
});

test('a duration out of range is refused with the range as durations', () => {
  expect(() => intervalValue('500ms')).toThrow('It must be from 1s to 24h.');
  expect(() => intervalValue('25h')).toThrow('It must be from 1s to 24h.');
  expect(() => limitValue('queued=400d')).toThrow('It must be from 1s to 366d.');
  expect(durationWithin({ minMs: 0, maxMs: 60_000 })('0s')).toBe(0);
});

test.each([
  ['job.jobId', '<jobId>'],
  ['job.account', '--account'],
  ['polling.minIntervalMs', '--interval'],
  ['limits.totalMs', '--limit total'],
  ['labels.team', '--label team'],
  ['job.constructor', 'job.constructor'],
  ['constructor', 'constructor'],
])('a problem of the field %s is reported for %s, which the person typed', (field, typed) => {
  const error = new InvalidJobError('', [{ field, problem: 'must be another' }]);
  expect(failureOf(error).message).toBe(`${typed} must be another`);
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
  [{ maxInterval: 60_000 }, { polling: { mode: 'adaptive', maxIntervalMs: 60_000 } }],
  [
    { interval: 5_000, maxInterval: 60_000 },
    { polling: { mode: 'adaptive', minIntervalMs: 5_000, maxIntervalMs: 60_000 } },
  ],
  [{ limit: { totalMs: 1 }, onLimit: 'cancel' as const }, { limits: { totalMs: 1, onLimit: 'cancel' } }],
  [
    { again: true as const, label: { a: '1' } },
    { again: true, labels: { a: '1' } },
  ],
  [{}, {}],
])('options of track become options of the client', (given, expected) => {
  expect(trackOptionsOf(given)).toEqual(expected);
});

test('a longest interval below the shortest is refused by the names of the options', () => {
  expect(() => trackOptionsOf({ interval: 5_000, maxInterval: 2_000 })).toThrow(
    '--max-interval must not be below --interval',
  );
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
  expect(() => addressOf(['docswrite'], {})).toThrow('<jobId> is missing after docswrite');
  expect(() => addressOf(['job:docswrite:default:post:42'], { account: 'b' })).toThrow(
    'already contains the queue type and the account',
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

test('the task queue is read without the other settings of a worker', () => {
  expect(taskQueueOf({})).toBe('job-tracker');
  expect(taskQueueOf({ JOBTRACK_TASK_QUEUE: 'mine', JOBTRACK_HOLD_MS: 'nonsense' })).toBe('mine');
  expect(() => taskQueueOf({ JOBTRACK_TASK_QUEUE: 'with space' })).toThrow('JOBTRACK_TASK_QUEUE');
});

test('an embedded server ignores the settings of another server', () => {
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
