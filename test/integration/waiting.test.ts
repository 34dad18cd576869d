import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  createJobTracker,
  InvalidJobError,
  type JobOutcome,
  type JobProgress,
  type JobTracker,
  NotTrackedError,
  type TrackedJob,
  TrackingTerminatedError,
  workflowIdOf,
} from '../../src/client.ts';
import { MAX_LONG_POLLS } from '../../src/client-library/waiting/waits.ts';
import { MAX_LOOKS } from '../../src/client-library/watching/watches.ts';
import { wire } from '../../src/contract/index.ts';
import { countedConnection, type RequestCounts } from '../support/counted-connection.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

let plain: Connection;
beforeAll(async () => {
  plain = await Connection.connect({ address: inject('temporalAddress') });
});
afterAll(() => plain?.close());

const polling = { mode: 'fixed', intervalMs: 1_000 } as const;

interface Crowd {
  rig: Rig;
  tracker: JobTracker;
  counts: RequestCounts;
  track: (scenario: string) => Promise<TrackedJob>;
}

/** A rig without a worker, so that no job ends before the test says so, and a tracker whose requests are counted. */
async function startCrowd(refusesLists = false): Promise<Crowd> {
  const rig = await startDevServerRig({ serves: false });
  const { connection, counts } = countedConnection(plain, refusesLists);
  const tracker = createJobTracker({ client: new Client({ connection }), taskQueue: rig.taskQueue });
  const track = async (scenario: string): Promise<TrackedJob> => {
    const params: Record<string, number> = scenario === 'long' ? { steps: 100_000 } : { stepPolls: 1 };
    const { jobId } = await rig.deepwriter.control.createJob({ scenario, params });
    return tracker.track({ provider: 'deepwriter', jobId }, { polling });
  };
  return { rig, tracker, counts, track };
}

async function trackMany(track: Crowd['track'], scenario: string, count: number): Promise<TrackedJob[]> {
  const jobs: TrackedJob[] = [];
  while (jobs.length < count) {
    const missing = Math.min(20, count - jobs.length);
    jobs.push(...(await Promise.all(Array.from({ length: missing }, () => track(scenario)))));
  }
  return jobs;
}

const statusesOf = (outcomes: readonly JobOutcome[]): string[] => [...new Set(outcomes.map(({ status }) => status))];

test('hundreds of results are awaited with at most 20 long polls, and each is that of its job', async () => {
  const { rig, tracker, counts, track } = await startCrowd();
  const terminated = await trackMany(track, 'success', 5);
  const [completed, failed, cancelled] = await Promise.all([
    trackMany(track, 'success', 220),
    trackMany(track, 'failure', 40),
    trackMany(track, 'long', 20), // A short job could complete before its cancel arrives.
  ]);
  const refused = Array.from({ length: 5 }, (_, index) => tracker.get(`refused-${index}-${rig.taskQueue}`));
  for (const { workflowId } of refused) {
    const args = [{ job: { provider: 'deepwriter', jobId: 'no uuid' } }];
    await rig.client.workflow.start(wire.workflow, { workflowId, taskQueue: rig.taskQueue, args });
  }
  const results = (jobs: readonly TrackedJob[]) => jobs.map((job) => job.result());
  const awaited = [completed, failed, cancelled].map((jobs) => Promise.all(results(jobs)));
  const withoutOutcome = Promise.allSettled(results([...terminated, ...refused]));
  // A job that is not tracked is answered at once, although 290 others wait.
  await expect(tracker.get({ provider: 'docswrite', jobId: `never-${rig.taskQueue}` }).result()).rejects.toThrow(
    NotTrackedError,
  );
  await Promise.all(cancelled.map(({ workflowId }) => rig.client.workflow.getHandle(workflowId).cancel()));
  await Promise.all(terminated.map(({ workflowId }) => rig.client.workflow.getHandle(workflowId).terminate('by hand')));
  await rig.startWorker();
  const outcomes = await Promise.all(awaited);
  expect(outcomes.map(statusesOf)).toEqual([['completed'], ['failed'], ['cancelled']]);
  expect(outcomes.flat().map(({ job }) => workflowIdOf(job))).toEqual(
    [completed, failed, cancelled].flat().map(({ workflowId }) => workflowId),
  );
  const errors = (await withoutOutcome).map((settled) => (settled.status === 'rejected' ? settled.reason : null));
  expect(errors.slice(0, 5).every((error) => error instanceof TrackingTerminatedError)).toBe(true);
  expect(errors.slice(5).every((error) => error instanceof InvalidJobError && error.problems.length === 1)).toBe(true);
  expect(counts.mostLongPolls).toBeLessThanOrEqual(MAX_LONG_POLLS);
  expect(counts.longPolls).toBe(0);
  expect(counts.listed).toBeGreaterThanOrEqual(200);
  const before = { ...counts };
  await rig.close();
  expect(counts).toEqual(before); // Nothing is asked when no one waits.
});

test.each([
  ['by a list of their attributes', false],
  ['without visibility', true],
])(
  'forty jobs are watched %s, with few queries, and each shows its changes in order to its end',
  async (_, refusesLists) => {
    const { rig, counts, track } = await startCrowd(refusesLists);
    await rig.startWorker();
    const jobs = await trackMany(track, 'long', 40);
    const seen = jobs.map((): JobProgress[] => []);
    const watched = jobs.map(async (job, index) => {
      for await (const progress of job.watch()) seen[index]?.push(progress);
    });
    await expect.poll(() => seen.every((all) => all.at(-1)?.state === 'running')).toBe(true);
    if (!refusesLists) {
      const before = { ...counts };
      await expect.poll(() => counts.lists - before.lists).toBeGreaterThanOrEqual(5);
      expect(counts.queries - before.queries).toBeLessThan(100); // Alone they would make 200 in this time.
    }
    await Promise.all(jobs.map(({ workflowId }) => rig.client.workflow.getHandle(workflowId).cancel()));
    await Promise.all(watched);
    expect(seen.map((all) => all.at(-1)?.outcome?.status)).toEqual(jobs.map(() => 'cancelled'));
    const versions = seen.map((all) => all.map(({ version }) => version));
    expect(versions).toEqual(versions.map((all) => all.toSorted((a, b) => a - b)));
    expect(counts.mostQuerying).toBeLessThanOrEqual(MAX_LOOKS);
    const { queries, lists } = counts;
    await rig.close();
    expect([counts.queries, counts.lists]).toEqual([queries, lists]); // Nothing is asked when no one watches.
  },
);

test('without visibility, the results come all the same', async () => {
  const { rig, counts, track } = await startCrowd(true);
  const jobs = await trackMany(track, 'success', 80);
  const outcomes = Promise.all(jobs.map((job) => job.result()));
  await rig.startWorker();
  expect(statusesOf(await outcomes)).toEqual(['completed']);
  expect(counts.mostLongPolls).toBeLessThanOrEqual(MAX_LONG_POLLS);
  expect(counts.lists).toBeGreaterThan(0);
  await rig.close();
});

test('a job that is tracked again gives the outcome of the tracking that was awaited', async () => {
  const { rig, tracker, counts, track } = await startCrowd();
  const stop = new AbortController();
  const others = (await trackMany(track, 'long', 30)).map((job) => job.result({ signal: stop.signal }));
  const endOthers = Promise.allSettled(others);
  const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const job = { provider: 'deepwriter', jobId };
  const tracked = await tracker.track(job, { polling });
  const awaited = Array.from({ length: 10 }, () => tracked.result().catch((error: unknown) => error));
  // Twelve of the forty have long polls. The others know by a describe for which run they wait.
  await expect.poll(() => counts.longPolls).toBe(12);
  await expect.poll(() => counts.describes).toBe(28);
  await rig.client.workflow.getHandle(tracked.workflowId).terminate('by hand');
  const again = (await tracker.track(job, { polling, again: true })).result({ signal: stop.signal });
  const endAgain = Promise.allSettled([again]);
  expect((await Promise.all(awaited)).every((error) => error instanceof TrackingTerminatedError)).toBe(true);
  stop.abort('enough');
  expect(await Promise.all([endOthers, endAgain])).toEqual([
    Array.from({ length: 30 }, () => ({ status: 'rejected', reason: 'enough' })),
    [{ status: 'rejected', reason: 'enough' }],
  ]);
  await expect.poll(() => counts.longPolls).toBe(0);
  await rig.close();
});
