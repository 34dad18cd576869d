import { expect, test } from 'vitest';
import type { DemoReport } from '../../src/cli/demo/report.ts';
import { cleanEnv, jobtrack } from './jobtrack.ts';

test('I11: the demo loses nothing when its worker is killed, and every job ends as its script says', async () => {
  // Real credentials and settings in the environment must have no effect.
  const env = cleanEnv({
    DOCSWRITE_TOKEN: 'dw_live_someone',
    JOBTRACK_TASK_QUEUE: 'elsewhere',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  });
  const { code, stderr, json } = await jobtrack(env, 'demo', '--json');
  expect(code, stderr).toBe(0);
  const report = json() as DemoReport;
  expect(Object.keys(report)).toEqual(['ui', 'workerKills', 'jobs']);
  expect(report.ui).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(report.workerKills).toBeGreaterThanOrEqual(1);
  expect(report.jobs.length).toBeGreaterThanOrEqual(8);
  expect(report.jobs.map(({ outcome }) => outcome)).toEqual(report.jobs.map(({ expected }) => expected));
  expect(new Set(report.jobs.map(({ provider }) => provider))).toEqual(new Set(['docswrite', 'deepwriter']));
  expect(new Set(report.jobs.map(({ expected }) => expected))).toEqual(
    new Set(['completed', 'failed', 'cancelled', 'abandoned']),
  );
  for (const job of report.jobs) {
    expect(Object.keys(job)).toEqual([
      'workflowId',
      'provider',
      'jobId',
      'scenario',
      'expected',
      'outcome',
      'polls',
      'historyEvents',
      'detectionDelayMs',
      'cancelSeenByService',
    ]);
    expect(job.cancelSeenByService, job.workflowId).toBe(job.expected === 'cancelled');
    expect(job.polls).toBeGreaterThan(0);
    expect(job.historyEvents).toBeGreaterThan(0);
    if (job.expected === 'abandoned') expect(job.detectionDelayMs).toBeNull();
    else expect(job.detectionDelayMs).toBeGreaterThanOrEqual(0);
  }
});
