import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
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

test('set-limits changes the given limits, removes one, and prints the current ones', async () => {
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

test('set-limits for a job that is not tracked, or without a limit, ends with its own exit code', async () => {
  const never = await jobtrack('set-limits', 'docswrite', 'never', '--limit', 'total=1h', '--json');
  expect([never.exitCode, never.json()]).toMatchObject([4, { error: { code: 'not-tracked' } }]);
  const none = await jobtrack('set-limits', 'docswrite', '1');
  expect([none.exitCode, none.stderr]).toEqual([
    2,
    'error: no limit is given\n  hint: give --limit or --on-limit, such as --limit total=48h\n',
  ]);
});

test('track on a running job says which of the given options have no effect, and how to change limits', async () => {
  const jobId = await trackedJob('long', '--limit', 'total=24h', '--label', 'team=books', '--interval', '5s');
  const workflowId = `job:docswrite:default:post:${jobId}`;
  const track = (...options: string[]) => jobtrack('track', 'docswrite', jobId, ...options);
  const others = ['--limit', 'total=2h', '--limit', 'stalled=30m', '--on-limit', 'alert', '--interval', '3s'];
  const labels = ['--label', 'team=docs', '--label', 'new=1'];
  const text = await track(...others, ...labels);
  expect([text.exitCode, text.stderr.split('\n')]).toEqual([
    0,
    [
      'warning: the job was tracked before, and it did not take these options:',
      '  --limit total=2h: it stays 24h',
      '  --on-limit alert: it stays stop',
      '  --interval 3s: it stays 5s',
      '  --label team=docs: it stays books',
      '  --label new=1: there is no such label',
      `  change its limits by: jobtrack set-limits ${workflowId} --limit total=2h --on-limit alert`,
      '',
    ],
  ]);
  const asJson = await track('--limit', 'total=2h', '--max-interval', '1m', '--json');
  expect(asJson.json()).toMatchObject({
    attached: true,
    notTaken: [
      { option: '--limit total', field: 'limits.totalMs', asked: 2 * HOUR_MS, holds: 24 * HOUR_MS },
      { option: '--max-interval', field: 'polling.mode', asked: 'adaptive', holds: 'fixed' },
    ],
  });
});

test('track on a running job with the same options, or with none, says nothing about them', async () => {
  const options = ['--limit', 'total=3h', '--label', 'team=books', '--interval', '2s', '--max-interval', '9s'];
  const jobId = await trackedJob('long', ...options);
  for (const given of [options, []]) {
    const { stderr, json } = await jobtrack('track', 'docswrite', jobId, ...given, '--json');
    expect([stderr, json()]).toEqual(['', expect.objectContaining({ attached: true, notTaken: [] })]);
  }
});

test('track on a job whose tracking has ended says which options have no effect, and how to track it again', async () => {
  const jobId = await trackedJob('success', '--interval', '1s', '--wait');
  const { stderr, json } = await jobtrack('track', 'docswrite', jobId, '--limit', 'queued=2h', '--json');
  expect(json()).toMatchObject({ state: 'completed', notTaken: [{ option: '--limit queued', holds: null }] });
  expect(stderr.split('\n')).toEqual([
    'warning: tracking of this job has ended, and it did not take these options:',
    '  --limit queued=2h: it stays none',
    '  --again tracks the job again',
    '',
  ]);
});

test('while no worker runs, set-limits ends with 3 and says that the change may still come, and track says that options may have no effect', async () => {
  const idle = await startDevServerRig({ serves: false });
  onTestFinished(() => idle.close());
  const alone = commandLineOf({ TEMPORAL_ADDRESS: inject('temporalAddress'), JOBTRACK_TASK_QUEUE: idle.taskQueue });
  const { jobId } = await idle.docswrite.control.createJob({ scenario: 'long' });
  const job = await idle.tracker.track({ provider: 'docswrite', jobId }, { limits: { totalMs: '3h' } });
  const track = await alone('track', 'docswrite', jobId, '--limit', 'total=2h', '--json');
  expect([track.exitCode, track.json()]).toMatchObject([0, { attached: true, planned: false, notTaken: null }]);
  const unknown =
    'warning: the job was tracked before, and it may not have taken these options; to see that, run this again when a worker runs';
  expect(track.stderr.split('\n')).toEqual([
    'waiting for a worker to plan the job …',
    expect.stringContaining('warning: the job is stored, but no worker has planned it within 5 s'),
    unknown,
    '',
  ]);
  const set = await alone('set-limits', job.workflowId, '--limit', 'total=48h', '--json');
  const message = `no worker answers for ${job.workflowId}; the limits may still change when one runs`;
  const hint = expect.stringContaining(`polls task queue ${idle.taskQueue}`) as string;
  expect([set.exitCode, set.json()]).toEqual([3, { error: { code: 'worker-unreachable', message, hint } }]);
  await idle.startWorker();
  await expect.poll(async () => (await job.progress()).limits.totalMs).toBe(48 * HOUR_MS);
});
