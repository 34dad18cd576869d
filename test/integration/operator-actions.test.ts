import { expect, test } from 'vitest';
import type { TrackedJob } from '../../src/client.ts';
import { countPaused, judgePaused } from '../../src/cli/doctor/paused.ts';
import type { Check } from '../../src/cli/doctor/report.ts';
import { progressBlock, progressLine } from '../../src/cli/views/progress.ts';
import type { JobProgress } from '../../src/contract/index.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { Rig } from '../support/rig.ts';

const SECOND = 1_000;
/** Much longer than a worker needs to stop and to start on a busy machine. */
const INTERVAL_MS = 120 * SECOND;

interface Waiting {
  rig: Rig;
  job: TrackedJob;
  /** The status activity, in the form that an operator's request needs. */
  activity: { namespace: string; execution: { workflowId: string }; id: string };
  /** @returns when its next poll is due, in epoch ms */
  dueAtMs: () => Promise<number>;
  polls: () => Promise<number>;
}

/** Runs `play` with a job whose worker has stopped during an interval. The server waits out the rest, and another worker runs. */
async function withWaitingPoll(play: (waiting: Waiting) => Promise<void>): Promise<void> {
  const rig = await startDevServerRig({ serves: false, config: { holdMs: INTERVAL_MS } });
  try {
    const first = await rig.startWorker();
    const { jobId } = await rig.docswrite.control.createJob({
      scenario: 'changes',
      params: { changes: 1, unchanged: 9 },
    });
    const polling = { mode: 'fixed', intervalMs: INTERVAL_MS } as const;
    const job = await rig.tracker.track({ provider: 'docswrite', jobId }, { polling });
    const polls = async () => (await rig.docswrite.control.requests({ jobId, route: 'status' })).length;
    const handle = rig.client.workflow.getHandle(job.workflowId);
    const pending = async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'checkJobStatus');
    };
    await eventually(async () => {
      // After this report the pending activity waits for the second poll.
      expect((await handle.query<JobProgress>('progress')).polls).toBe(1);
      expect(Number((await pending())?.state)).toBe(STARTED);
    });
    await first.stop();
    // This worker does not hold. So it leaves the interval to the server, if the first worker did not do so while it stopped.
    await rig.startWorker({ config: { ...rig.config, holdMs: 0 } });
    const dueAtMs = async () => Number((await pending())?.nextAttemptScheduleTime?.seconds ?? 0) * SECOND;
    await eventually(async () => expect(await dueAtMs()).toBeGreaterThan(Date.now() + 20 * SECOND));
    const id = (await pending())?.activityId ?? '';
    const activity = { namespace: rig.client.options.namespace, execution: { workflowId: job.workflowId }, id };
    await play({ rig, job, activity, dueAtMs, polls });
  } finally {
    await rig.close();
  }
}

const STARTED = 2;

type Service = Rig['client']['workflowService'];
type Activity = Waiting['activity'];

const BY = { identity: 'ops' };

async function pausedAnd(service: Service, activity: Activity, resetAttempts: boolean): Promise<void> {
  await service.pauseActivity({ ...activity, ...BY, reason: 'a repair' });
  await service.unpauseActivity({ ...activity, ...BY, resetAttempts });
}

test.each([
  ['a reset', (service: Service, activity: Activity) => service.resetActivity({ ...activity, ...BY })],
  ['an unpause that resets the attempts', (service: Service, activity: Activity) => pausedAnd(service, activity, true)],
])('%s makes a waiting poll start now', async (_, act) => {
  await withWaitingPoll(async ({ rig, activity, dueAtMs, polls }) => {
    const wasDueAtMs = await dueAtMs();
    await act(rig.client.workflowService, activity);
    await eventually(async () => expect(await polls()).toBe(2));
    expect(Date.now()).toBeLessThan(wasDueAtMs - 10 * SECOND);
  });
});

test.each([
  ['an unpause', (service: Service, activity: Activity) => pausedAnd(service, activity, false)],
  [
    'new options',
    (service: Service, activity: Activity) =>
      service.updateActivityOptions({
        ...activity,
        ...BY,
        activityOptions: { startToCloseTimeout: { seconds: 500 as never } },
        updateMask: { paths: ['start_to_close_timeout'] },
      }),
  ],
])('I7: %s makes a waiting poll start no later than it was due', async (_, act) => {
  await withWaitingPoll(async ({ rig, activity, dueAtMs, polls }) => {
    const wasDueAtMs = await dueAtMs();
    await act(rig.client.workflowService, activity);
    expect(await dueAtMs()).toBeLessThanOrEqual(wasDueAtMs);
    await eventually(async () => expect(await polls()).toBe(2));
  });
});

/** @returns the doctor's check of paused jobs, once visibility shows it so */
async function judged({ client, taskQueue }: Rig, status: Check['status']): Promise<Check> {
  return eventually(async () => {
    const here = { namespace: client.options.namespace, taskQueue };
    const check = judgePaused(taskQueue, await countPaused(client, here));
    expect(check.status).toBe(status);
    return check;
  });
}

test('a pause of the polls shows who, when and why, and what to do, until it is over', async () => {
  await withWaitingPoll(async ({ rig, job, activity }) => {
    const service = rig.client.workflowService;
    expect((await job.progress()).paused).toBeNull();
    await service.pauseActivity({ ...activity, ...BY, reason: 'a repair' });
    const progress = await job.progress();
    const since = expect.any(String) as string;
    expect(progress.paused).toEqual({ since, by: 'ops', reason: 'a repair', activityId: activity.id });
    expect(Math.abs(Date.parse(progress.paused?.since ?? '') - Date.now())).toBeLessThan(60 * SECOND);
    const told = `by ops (a repair): not polled until \`temporal activity unpause --activity-id ${activity.id}\``;
    expect(progressBlock(progress, Date.now())).toContain(told);
    expect(progressLine(progress)).toContain(told);
    expect(progress.health.status).toBe('ok');
    expect(await judged(rig, 'warning')).toMatchObject({ message: 'an operator has paused the polls of 1 job' });
    await service.unpauseActivity({ ...activity, ...BY });
    await eventually(async () => expect((await job.progress()).paused).toBeNull());
    expect(await judged(rig, 'ok')).toMatchObject({ message: 'no job is paused' });
  });
});
