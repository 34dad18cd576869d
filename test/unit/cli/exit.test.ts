import { expect, test } from 'vitest';
import { InvalidJobError, NotTrackedError, TrackingTerminatedError, UnreachableError } from '../../../src/client.ts';
import {
  CommandError,
  exitOfCancel,
  exitOfOutcome,
  failureOf,
  InterruptedError,
  UsageError,
} from '../../../src/cli/exit.ts';
import { ConfigError } from '../../../src/config/index.ts';
import { ProvisionError } from '../../../src/embedded/chain.ts';
import { MissingPackagesError } from '../../../src/process/worker-packages.ts';
import { outcomes } from './builders.ts';

test('only a job that completed ends a waiting command with 0', () => {
  expect(outcomes.map((outcome) => [outcome.status, exitOfOutcome(outcome)])).toEqual([
    ['completed', 0],
    ['failed', 1],
    ['cancelled', 1],
    ['abandoned', 1],
    ['moderated', 1],
    ['not-found', 1],
    ['lost', 1],
    ['timed-out', 1],
    ['unauthorized', 1],
    ['rejected', 1],
  ]);
});

test.each([
  ['requested', 0],
  ['accepted', 0],
  ['confirmed', 0],
  ['unsupported', 0],
  ['refused', 1],
  ['too-late', 1],
  ['none', 1],
] as const)('a cancel that is %s ends with %i', (phase, exitCode) => {
  expect(exitOfCancel(phase)).toBe(exitCode);
});

test.each([
  [new UsageError('wrong'), 2, 'usage'],
  [new InvalidJobError('job.jobId must be a uuid'), 2, 'invalid-job'],
  [new ConfigError([{ variable: 'X', problem: 'is wrong' }]), 2, 'bad-configuration'],
  [new MissingPackagesError(['@temporalio/worker'], '1.24.0'), 2, 'missing-packages'],
  [new UnreachableError('temporal', 'gone', { hint: 'start it' }), 3, 'temporal-unreachable'],
  [new UnreachableError('worker', 'gone', { hint: 'start it' }), 3, 'worker-unreachable'],
  [new ProvisionError('none'), 3, 'server-unavailable'],
  [new NotTrackedError('job:docswrite:default:post:42'), 4, 'not-tracked'],
  [new TrackingTerminatedError('job:x', 'was terminated'), 1, 'tracking-terminated'],
  [new InterruptedError('stopped'), 130, 'interrupted'],
  [new CommandError('no namespace', { code: 'no-namespace', exitCode: 2 }), 2, 'no-namespace'],
  [new Error('a mistake of ours'), 1, 'unexpected'],
])('%s has its exit code and its word', (error, exitCode, code) => {
  expect(failureOf(error)).toMatchObject({ exitCode, code, message: error.message });
});

test('an error about something that cannot be reached says what to do', () => {
  expect(failureOf(new UnreachableError('worker', 'no worker answers', { hint: 'start one' })).hint).toBe('start one');
  expect(failureOf(new NotTrackedError('job:x')).hint).toContain('jobtrack track');
});
