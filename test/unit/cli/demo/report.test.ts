import { expect, test } from 'vitest';
import { PLANNED_JOBS, CANCEL_AFTER_MS, KILL_AFTER_MS } from '../../../../src/cli/demo/planned-jobs.ts';
import { type DemoJob, type DemoReport, reportText, shortfallsOf } from '../../../../src/cli/demo/report.ts';
import { demoTable } from '../../../../src/cli/demo/screen.ts';
import { SCENARIOS } from '../../../../src/simulators/scenarios/catalog.ts';
import { aProgress, completed, NOW_MS } from '../builders.ts';

const aJob = (changes: Partial<DemoJob> = {}): DemoJob => ({
  workflowId: 'job:docswrite:default:post:1',
  provider: 'docswrite',
  jobId: '1',
  scenario: 'success',
  expected: 'completed',
  outcome: 'completed',
  polls: 7,
  historyEvents: 31,
  detectionDelayMs: 412,
  cancelSeenByService: false,
  ...changes,
});
const aCancelledJob = (changes: Partial<DemoJob> = {}): DemoJob =>
  aJob({
    provider: 'deepwriter',
    workflowId: 'job:d',
    expected: 'cancelled',
    outcome: 'cancelled',
    cancelSeenByService: true,
    ...changes,
  });
const aReport = (changes: Partial<DemoReport> = {}): DemoReport => ({
  ui: 'http://127.0.0.1:8233',
  workerKills: 1,
  jobs: [aJob(), aCancelledJob()],
  ...changes,
});

test('a demo in which everything went as in the script has no shortfalls', () => {
  expect(shortfallsOf(aReport())).toEqual([]);
  expect(reportText(aReport(), 48_000)).toContain(
    'All 2 jobs ended as scripted, 1 worker killed in the middle, in 48 s.',
  );
});

test.each([
  [
    { jobs: [aJob({ outcome: 'failed' }), aCancelledJob()] },
    'job:docswrite:default:post:1 ended failed instead of completed',
  ],
  [
    { jobs: [aJob({ outcome: null }), aCancelledJob()] },
    'job:docswrite:default:post:1 ended not at all instead of completed',
  ],
  [{ jobs: [aCancelledJob({ cancelSeenByService: false })] }, 'the service never saw the cancel of job:d'],
  [{ jobs: [aJob()] }, 'no job was cancelled at a service'],
  [{ workerKills: 0 }, 'no worker was killed'],
])('a shortfall is named', (changes, sentence) => {
  expect(shortfallsOf(aReport(changes))).toEqual([sentence]);
  expect(reportText(aReport(changes), 1)).toContain(`Not as scripted:\n  - ${sentence}`);
});

test('the summary compares each outcome with the script', () => {
  expect(reportText(aReport(), 1).split('\n').slice(2, 3)).toEqual([
    'docswrite   success   completed  ✓ completed      7      31           0.4 s',
  ]);
});

test('the live table shows each job, and what happened last', () => {
  const [planned] = PLANNED_JOBS;
  if (planned === undefined) throw new Error('no job is planned');
  const rows = [
    { planned, progress: aProgress() },
    { planned, progress: aProgress({ nextPollAt: '2026-03-01T11:59:00.000Z' }) },
    { planned, progress: aProgress({ outcome: completed }) },
    { planned, progress: null },
  ];
  const events = ['1', '2', '3', '4', '5', '6', '7'].map((n) => `event ${n}`);
  const lines = demoTable({ rows, events }, NOW_MS).split('\n');
  expect(lines[2]).toBe('docswrite  a post is published  ██████░░░░░░░░░░  40 %  running          7  in 3 s');
  expect(lines[3]).toContain('worker lost');
  expect(lines[4]).toContain('● completed');
  expect(lines.slice(-6)).toEqual(events.slice(1));
});

test('the demo plays scenarios that exist, on both services, with jobs that survive the kill and jobs that do not', () => {
  for (const { provider, scenario } of PLANNED_JOBS) expect(Object.keys(SCENARIOS[provider])).toContain(scenario);
  expect(new Set(PLANNED_JOBS.map(({ provider }) => provider)).size).toBe(2);
  expect(PLANNED_JOBS.length).toBeGreaterThanOrEqual(8);
  expect(PLANNED_JOBS.filter(({ cancel }) => cancel !== undefined).length).toBeGreaterThanOrEqual(2);
  expect(CANCEL_AFTER_MS).toBeLessThan(KILL_AFTER_MS);
});
