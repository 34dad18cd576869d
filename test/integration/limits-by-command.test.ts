import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { commandLineOf } from '../support/command-line.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

let rig: Rig;
let jobtrack: ReturnType<typeof commandLineOf>;

beforeAll(async () => {
  rig = await startDevServerRig();
  jobtrack = commandLineOf({ TEMPORAL_ADDRESS: inject('temporalAddress'), JOBTRACK_TASK_QUEUE: rig.taskQueue });
});
afterAll(() => rig?.close());

const HOUR_MS = 3_600_000;

async function trackedJob(scenario: string, ...more: string[]): Promise<string> {
  const params = { stepMs: 100 };
  const { jobId } = await rig.docswrite.control.createJob({ scenario, ...(scenario === 'long' ? {} : { params }) });
  const { exitCode } = await jobtrack('track', 'docswrite', jobId, ...more);
  expect(exitCode).toBe(0);
  return jobId;
}

test('set-limits changes the limits that are given, takes one away, and prints those that hold now', async () => {
  const jobId = await trackedJob('long', '--limit', 'queued=1h');
  const given = ['--limit', 'total=48h', '--limit', 'queued=none', '--on-limit', 'alert'];
  const workflowId = `job:docswrite:default:post:${jobId}`;
  const limits = { totalMs: 48 * HOUR_MS, queuedMs: null, runningMs: null, stalledMs: HOUR_MS / 2, onLimit: 'alert' };
  const set = await jobtrack('set-limits', 'docswrite', jobId, ...given, '--json');
  expect([set.exitCode, set.json()]).toEqual([0, { workflowId, set: true, limits, outcome: null }]);
  expect((await rig.tracker.get(workflowId).progress()).limits).toEqual(limits);

  const byId = await jobtrack('set-limits', workflowId, '--limit', 'running=90m');
  const all = 'total=2d queued=none running=90m stalled=30m, on-limit alert';
  expect([byId.exitCode, byId.stdout]).toEqual([0, `${workflowId}: ${all}\n`]);
});

test('set-limits of a job whose tracking has ended changes nothing, says how it ended, and ends with 1', async () => {
  const jobId = await trackedJob('success', '--interval', '1s', '--limit', 'total=3h', '--wait');
  const workflowId = `job:docswrite:default:post:${jobId}`;
  const late = await jobtrack('set-limits', 'docswrite', jobId, '--limit', 'total=48h');
  const text = `${workflowId}: has ended (completed), so no limit was changed\n`;
  expect([late.exitCode, late.stdout]).toEqual([1, text]);
  const asJson = await jobtrack('set-limits', 'docswrite', jobId, '--limit', 'total=48h', '--json');
  expect(asJson.json()).toMatchObject({
    workflowId,
    set: false,
    limits: { totalMs: 3 * HOUR_MS },
    outcome: { status: 'completed' },
  });
});

test('set-limits of a job that nobody tracks, or without a limit, is told by its exit code', async () => {
  const never = await jobtrack('set-limits', 'docswrite', 'never', '--limit', 'total=1h', '--json');
  expect([never.exitCode, never.json()]).toMatchObject([4, { error: { code: 'not-tracked' } }]);
  const none = await jobtrack('set-limits', 'docswrite', '1');
  expect([none.exitCode, none.stderr]).toEqual([
    2,
    'error: no limit is given\n  hint: give --limit or --on-limit, such as --limit total=48h\n',
  ]);
});
