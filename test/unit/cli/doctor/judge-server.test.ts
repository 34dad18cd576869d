import { describe, expect, test } from 'vitest';
import {
  judgeAttributes,
  judgeClock,
  judgeCodec,
  judgeNamespace,
  judgeReached,
  judgeVersion,
} from '../../../../src/cli/doctor/judge-server.ts';

const HOUR_MS = 3_600_000;
const AT_MS = Date.parse('2026-03-01T12:00:00.000Z');

test('a server that answers is shown with its address, its time and whether TLS is used', () => {
  const reached = { address: 'temporal.internal:7233', tookMs: 12.4 };
  expect(judgeReached({ ...reached, tls: true })).toEqual({
    name: 'temporal',
    status: 'ok',
    message: 'temporal.internal:7233 answers in 12 ms, with TLS',
    hint: null,
  });
  expect(judgeReached({ ...reached, tls: false }).message).toContain('without TLS');
  expect(judgeReached({ ...reached, tls: true, proxy: 'proxy.internal:3128' }).message).toBe(
    'temporal.internal:7233 answers in 12 ms, with TLS, through the proxy proxy.internal:3128',
  );
});

test.each([
  ['1.28.0', 'ok'],
  ['v1.29.1', 'ok'],
  ['2.0.0', 'ok'],
  ['1.30.0-150.2', 'ok'],
  ['1.27.9', 'failed'],
  ['0.99.0', 'failed'],
  ['', 'warning'],
  ['nightly', 'warning'],
])('server version "%s" is %s', (version, status) => {
  expect(judgeVersion(version)).toMatchObject({ name: 'server-version', status });
});

test('the report on an old server says which version it must be', () => {
  expect(judgeVersion('1.27.9')).toEqual({
    name: 'server-version',
    status: 'failed',
    message: '1.27.9 is older than 1.28',
    hint: 'upgrade the server to 1.28 or newer',
  });
});

describe('the namespace', () => {
  test('that keeps ended jobs for a day is ok; for less it is a warning', () => {
    expect(judgeNamespace('jobs', { is: 'described', retentionMs: 24 * HOUR_MS })).toEqual({
      name: 'namespace',
      status: 'ok',
      message: 'jobs keeps ended jobs for 24 h',
      hint: null,
    });
    expect(judgeNamespace('jobs', { is: 'described', retentionMs: 24 * HOUR_MS - 1_000 })).toMatchObject({
      status: 'warning',
      hint: expect.stringContaining('temporal operator namespace update --namespace jobs'),
    });
    expect(judgeNamespace('jobs', { is: 'described', retentionMs: null })).toMatchObject({ status: 'ok' });
  });

  test('that is not there is a failure; one that may not be described is only skipped', () => {
    expect(judgeNamespace('jobs', { is: 'missing' })).toMatchObject({
      status: 'failed',
      message: 'the server has no namespace jobs',
      hint: expect.stringContaining('TEMPORAL_NAMESPACE'),
    });
    expect(judgeNamespace('jobs', { is: 'hidden' })).toMatchObject({ status: 'skipped', hint: null });
    expect(judgeNamespace('jobs', { is: 'unanswered', why: 'deadline' })).toMatchObject({
      status: 'failed',
      message: 'jobs could not be described: deadline',
    });
  });
});

test('missing search attributes are reported with the command that registers exactly these', () => {
  expect(judgeAttributes('jobs', { missing: ['JobState', 'JobProgress'], mistyped: [] })).toEqual({
    name: 'search-attributes',
    status: 'failed',
    message: 'namespace jobs lacks JobState, JobProgress',
    hint:
      'start a worker, which registers them where it may, or run: temporal operator search-attribute create ' +
      '--namespace jobs --name JobState --type Keyword --name JobProgress --type Int',
  });
  expect(judgeAttributes('jobs', { missing: [], mistyped: [] })).toMatchObject({ status: 'ok' });
  const mistyped = [{ name: 'JobProgress', has: 'Keyword', wanted: 'Int' }];
  expect(judgeAttributes('jobs', { missing: [], mistyped })).toMatchObject({
    status: 'failed',
    message:
      'namespace jobs uses search attributes of our names for something else: JobProgress is Keyword and should be Int',
    hint: expect.stringContaining('temporal operator search-attribute remove --namespace jobs --name JobProgress'),
  });
  expect(judgeAttributes('jobs', null)).toMatchObject({
    status: 'skipped',
    message: expect.stringContaining('JOBTRACK_SEARCH_ATTRIBUTES'),
  });
});

describe('the clock', () => {
  const reading = (aheadMs: number, tookMs = 40): Parameters<typeof judgeClock>[0] => ({
    sentAtMs: AT_MS,
    serverMs: AT_MS + tookMs / 2 + aheadMs,
    seenAtMs: AT_MS + tookMs,
  });

  test.each([
    [0, 'ok'],
    [2_020, 'ok'],
    [-2_020, 'ok'],
    [2_021, 'warning'],
    [-2_021, 'warning'],
    [60_020, 'warning'],
    [60_021, 'failed'],
    [-60_021, 'failed'],
  ])('of a server %i ms ahead, give or take 20, is %s', (aheadMs, status) => {
    expect(judgeClock(reading(aheadMs))).toMatchObject({ name: 'clock', status });
  });

  test('is reported with the direction and the error', () => {
    expect(judgeClock(reading(-5_000))).toEqual({
      name: 'clock',
      status: 'warning',
      message: 'the server is 5 s behind this machine (± 20 ms)',
      hint: 'set the clocks by NTP, on this machine and on those of the server and the workers',
    });
    expect(judgeClock(reading(90_000)).message).toContain('90 s ahead of');
  });

  test('is not reported for a difference that the slow request can explain', () => {
    expect(judgeClock(reading(2_900, 2_000))).toMatchObject({ status: 'ok' });
  });

  test('without a timestamp is skipped', () => {
    expect(judgeClock(null)).toMatchObject({ status: 'skipped', hint: null });
  });
});

test('payloads that are not plain JSON are a warning with the name of their encoding', () => {
  expect(judgeCodec('json/plain')).toEqual({
    name: 'codec',
    status: 'ok',
    message: 'payloads are plain JSON; no codec',
    hint: null,
  });
  expect(judgeCodec('binary/encrypted')).toMatchObject({
    status: 'warning',
    message: 'payloads are encoded as binary/encrypted: this command line cannot read them',
    hint: expect.stringContaining('createJobTracker({ client })'),
  });
  expect(judgeCodec('')).toMatchObject({ status: 'warning' });
  expect(judgeCodec(null)).toMatchObject({ status: 'skipped', message: 'no job is tracked yet' });
});
