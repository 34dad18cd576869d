import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { createPlainActivities } from '../../bench/cost/plain-activities.ts';
import { type CostProfile, makeJob } from '../../bench/cost/jobs.ts';
import type { TrackOptions } from '../../src/client.ts';
import { wire } from '../../src/contract/index.ts';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { DEEPWRITER_API_KEY } from '../../src/simulators/simulator.ts';
import { actionsOf, sumOf, totalOf } from './actions.ts';
import type { HistoryEvent } from './history-event.ts';
import { type Activity, holdCosts } from './hold-model.ts';
import { MINUTE, SECOND, type Service, type WorkflowRig } from './workflow-rig.ts';

/** The costs of one typical job. */
export interface ActionsRow {
  job: string;
  polls: number;
  /** The actions if the worker waits out intervals up to 30 s. */
  actions: number;
  /** How many of these actions are heartbeats. */
  heartbeats: number;
  /** The actions if the server waits out every interval. */
  withoutHolds: number;
}

interface Scene {
  job: string;
  service: Service;
  make: (rig: WorkflowRig) => Promise<string>;
  options?: TrackOptions;
  cancels?: boolean;
}

const HOLD_MS = 30 * SECOND;

const lasting = (minutes: number, profile: CostProfile) => (rig: WorkflowRig) =>
  makeJob(rig.deepwriter.control, profile, { durationMs: minutes * MINUTE });

const SCENES: readonly Scene[] = [
  {
    job: '25 s, progress in steps of 20 %',
    service: 'docswrite',
    make: async (rig) => (await rig.create('docswrite', { scenario: 'success', params: { stepMs: 3_600 } })).jobId,
  },
  { job: '30 min, no progress shown', service: 'deepwriter', make: lasting(30, 'none') },
  { job: '30 min, steady, steps of 10 %', service: 'deepwriter', make: lasting(30, 'steady 10 %') },
  { job: '30 min, steady, steps of 1 %', service: 'deepwriter', make: lasting(30, 'steady 1 %') },
  {
    job: '30 min, no progress shown, cancelled after 10',
    service: 'deepwriter',
    make: lasting(30, 'none'),
    cancels: true,
  },
  {
    job: '5 min, polled every 5 s (`fixed`)',
    service: 'deepwriter',
    make: lasting(5, 'none'),
    options: { polling: { mode: 'fixed', intervalMs: '5s' } },
  },
];
const PLAIN = '5 min, for comparison: a plain loop of an activity and a sleep of 5 s';

/**
 * Plays all scenes at the same time, with skipped time. There the server waits out every interval. The cost with holds is calculated
 * from the times of the polls.
 */
export async function playActions(rig: WorkflowRig): Promise<ActionsRow[]> {
  const plain = await startPlain(rig);
  const jobs = await Promise.all(SCENES.map((scene) => follow(rig, scene)));
  await rig.pass(10 * MINUTE);
  for (const { scene, workflowId } of jobs)
    if (scene.cancels === true) await rig.client.workflow.getHandle(workflowId).signal(wire.signals.cancel);
  await rig.pass(22 * MINUTE);
  const rows = [];
  for (const job of jobs) rows.push(await rowOf(rig, job));
  return [...rows, await plain.row()];
}

interface Job {
  scene: Scene;
  jobId: string;
  workflowId: string;
}

async function follow(rig: WorkflowRig, scene: Scene): Promise<Job> {
  const { service, options } = scene;
  const jobId = await scene.make(rig);
  if (scene.cancels === true)
    await rig.spoil({ jobId }, { route: 'cancel', preset: 'late-answer', params: { ms: 100 } });
  const { workflowId } = await rig.tracker.track({ provider: service, jobId }, options);
  return { scene, jobId, workflowId };
}

async function rowOf(rig: WorkflowRig, { scene, jobId, workflowId }: Job): Promise<ActionsRow> {
  const events = await endedHistory(rig, workflowId);
  const requests = await rig[scene.service].control.requests({ jobId, route: 'status' });
  const activities = activitiesOf(
    events,
    requests.map(({ atMs }) => atMs),
  );
  const [held, givenBack] = [holdCosts(activities, HOLD_MS), holdCosts(activities, 0)];
  const { retries: _, timers, ...others } = actionsOf(events);
  // The other timers are the same in both cases: one for the nearest limit, and those of a cancel.
  const all = totalOf(others) + timers - givenBack.timers;
  return {
    job: scene.job,
    polls: requests.length,
    actions: all + totalOf({ ...held }),
    heartbeats: held.heartbeats,
    withoutHolds: all + totalOf({ ...givenBack }),
  };
}

async function endedHistory(rig: WorkflowRig, workflowId: string): Promise<HistoryEvent[]> {
  const handle = rig.client.workflow.getHandle(workflowId);
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') throw new Error(`${workflowId} has not ended`);
  return (await handle.fetchHistory()).events ?? [];
}

/**
 * Assigns the polls to the status activities. Without holds each attempt is one poll. The history has no number of attempts for an
 * activity that was cancelled between two attempts. This activity gets the polls that are left.
 */
function activitiesOf(events: readonly HistoryEvent[], pollsMs: readonly number[]): Activity[] {
  const scheduled = events.filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === wire.activities.checkJobStatus,
  );
  const sizes = scheduled.map(({ eventId }) => {
    const started = events.find(
      (event) => String(event.activityTaskStartedEventAttributes?.scheduledEventId) === String(eventId),
    );
    return started?.activityTaskStartedEventAttributes?.attempt ?? null;
  });
  const left = pollsMs.length - sumOf(sizes.map((size) => size ?? 0));
  if (sizes.filter((size) => size === null).length !== (left > 0 ? 1 : 0))
    throw new Error('polls of no known activity');
  let at = 0;
  return sizes.map((size) => pollsMs.slice(at, (at += size ?? left)));
}

/** Starts the loop of `bench/cost` on a worker of its own. */
async function startPlain(rig: WorkflowRig): Promise<{ row: () => Promise<ActionsRow> }> {
  const workflowsPath = fileURLToPath(new URL('../../bench/cost/plain-workflow.ts', import.meta.url));
  const taskQueue = `plain-${rig.taskQueue}`;
  const { getStatus } = createPlainActivities(rig.deepwriter.url, DEEPWRITER_API_KEY);
  let polls = 0;
  const worker = await Worker.create({
    connection: rig.env.nativeConnection,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
    activities: { getStatus: async (jobId: string) => (await rig.now(), (polls += 1), getStatus(jobId)) },
  });
  const over = worker.run();
  const jobId = await lasting(5, 'none')(rig);
  const workflowId = workflowIdOf({ provider: 'deepwriter', jobId });
  await rig.client.workflow.start('plainLoop', { workflowId: `plain:${workflowId}`, taskQueue, args: [jobId] });
  const row = async (): Promise<ActionsRow> => {
    const events = await endedHistory(rig, `plain:${workflowId}`);
    worker.shutdown();
    await over;
    const all = totalOf({ ...actionsOf(events) });
    return { job: PLAIN, polls, actions: all, heartbeats: 0, withoutHolds: all };
  };
  return { row };
}
