import { expect, test } from 'vitest';
import { type Check, failed, ok, reportOf, reportText, skipped, warning } from '../../../../src/cli/doctor/report.ts';
import { examineWorkerConfig } from '../../../../src/config/index.ts';
import { maskKnown } from '../../../../src/process/masking.ts';

const checks: Check[] = [
  ok('temporal', 'answers', null),
  warning('clock', 'late\u001b[2J\nforged', 'set it'),
  failed('account:a/b', 'refused', 'replace it'),
  skipped('codec', 'no job'),
];

test('the report is one aligned line for each check, hints beneath, and a summary', () => {
  expect(reportText(reportOf(checks)).split('\n')).toEqual([
    '✓ ok       temporal     answers',
    '! warning  clock        late forged',
    '  hint: set it',
    '✗ failed   account:a/b  refused',
    '  hint: replace it',
    '– skipped  codec        no job',
    '',
    '4 checks: 1 failed, 1 warning, 1 skipped',
  ]);
  expect(reportText(reportOf([ok('temporal', 'answers')]))).toContain('1 check: nothing is wrong');
});

test('warnings and skipped checks leave a report ok, a failure does not', () => {
  expect(reportOf(checks)).toEqual({ ok: false, checks });
  expect(reportOf(checks.filter(({ status }) => status !== 'failed')).ok).toBe(true);
});

test('I2: a secret that a library or server quotes is masked, wherever it was given', () => {
  const env = {
    DOCSWRITE_TOKEN: 'made-up-token-0123456789',
    TEMPORAL_API_KEY: 'made-up-api-key',
    TEMPORAL_GRPC_META_X_PASS: 'made-up-header',
    JOBTRACK_TASK_QUEUE: 'no-secret-at-all',
  };
  examineWorkerConfig(env);
  const quoting = Object.values(env).map((value) => maskKnown(`illegal header "${value}"`));
  expect(quoting).toEqual([
    ...Array.from({ length: 3 }, () => 'illegal header "[redacted]"'),
    'illegal header "no-secret-at-all"',
  ]);
});
