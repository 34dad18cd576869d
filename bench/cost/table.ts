import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { cpuMsOf } from '../live/process-facts.ts';
import { type Stage, startStage } from '../live/stage.ts';
import { meanOf } from '../statistics.ts';
import { type JobPlan, makeJob } from './jobs.ts';
import { type Subject, SUBJECTS } from './subjects.ts';

/** Mean values for one job. The CPU that server and worker use while no job runs is subtracted. */
export interface CostRow {
  subject: string;
  profile: string;
  cadence: string;
  events: number;
  attempts: number;
  serverCpuMs: number;
  workerCpuMs: number;
  polls: number;
}

export interface CostOptions {
  seed: number;
  jobs: number;
  durationMs: number;
  /** true: all subjects run at the same time, each on its own server. false: one after the other on one server. */
  sideBySide: boolean;
  note: (line: string) => void;
}

/** A process that has just started needs CPU for its own start. */
const SETTLE_MS = 15_000;
/**
 * The length of the warm-up jobs, as a share of the duration. The warm-up jobs run first and are not counted.
 * A process pays some costs only once, such as compiling code that runs often. These are not the cost of a job.
 */
const WARM_UP_SHARE = 0.1;
/** The server cleans up from time to time, so its CPU in one minute can differ by a third from the next. */
const IDLE_MS = 180_000;

/** One after the other, no subject slows down another one. Side by side, the table takes a fifth of the time. */
export async function costRows(options: CostOptions): Promise<CostRow[]> {
  if (options.sideBySide)
    return Promise.all(SUBJECTS.map((subject) => onStage(options, async (stage) => rowOf(stage, subject, options))));
  return onStage(options, async (stage) => {
    const rows: CostRow[] = [];
    for (const subject of SUBJECTS) rows.push(await rowOf(stage, subject, options));
    return rows;
  });
}

async function onStage<T>(options: CostOptions, work: (stage: Stage) => Promise<T>): Promise<T> {
  const teardown = createTeardown();
  try {
    return await work(await startStage({ ...options, teardown }));
  } finally {
    await teardown.run();
  }
}

async function rowOf(stage: Stage, subject: Subject, { jobs, durationMs, note }: CostOptions): Promise<CostRow> {
  const { profile, cadence, worker: kind } = subject;
  note(`cost: ${subject.subject}, ${profile}, ${cadence}: ${jobs} jobs of ${durationMs / 60_000} min`);
  const worker = await stage.startWorker(kind);
  const pids = { server: stage.serverPid, worker: worker.pid };
  await sleep(SETTLE_MS);
  // The service cancels these jobs, because the worker learns nothing from the duration of a cancelled job.
  const warmUp = await startJobs(stage, subject, { jobs, durationMs: durationMs * WARM_UP_SHARE, ending: 'cancelled' });
  await Promise.allSettled(resultsOf(stage, warmUp));
  await sleep(SETTLE_MS);
  const { value: started, ...busy } = await cpuOver(pids, async () => {
    const counted = await startJobs(stage, subject, { jobs, durationMs });
    await Promise.all(resultsOf(stage, counted));
    return counted;
  });
  const idle = await cpuOver(pids, () => sleep(IDLE_MS));
  const net = (part: 'server' | 'worker'): number =>
    Math.max(0, Math.round((busy[part] - (idle[part] * busy.tookMs) / idle.tookMs) / jobs));
  const histories = await Promise.all(started.map(({ workflowId }) => historyOf(stage.client, workflowId)));
  const polls = await Promise.all(started.map(async ({ jobId }) => (await stage.control.job(jobId)).polls));
  await worker.stop();
  return {
    subject: subject.subject,
    profile,
    cadence,
    events: Math.round(meanOf(histories.map(({ events }) => events))),
    attempts: Math.round(meanOf(histories.map(({ attempts }) => attempts)) * 10) / 10,
    serverCpuMs: net('server'),
    workerCpuMs: net('worker'),
    polls: Math.round(meanOf(polls) * 10) / 10,
  };
}

interface Started {
  jobId: string;
  workflowId: string;
}

async function startJobs(
  { client, control }: Stage,
  { profile, start }: Subject,
  { jobs, ...job }: JobPlan & { jobs: number },
): Promise<Started[]> {
  const starts = Array.from({ length: jobs }, async () => {
    const jobId = await makeJob(control, profile, job);
    return { jobId, workflowId: await start(client, jobId) };
  });
  return Promise.all(starts);
}

function resultsOf({ client }: Stage, started: readonly Started[]): Promise<unknown>[] {
  return started.map(({ workflowId }) => client.workflow.getHandle(workflowId).result());
}

interface Cpu {
  server: number;
  worker: number;
  tookMs: number;
}

async function cpuOver<Value>(
  pids: { server: number; worker: number },
  work: () => Promise<Value>,
): Promise<Cpu & { value: Value }> {
  const read = async (): Promise<Cpu> => ({
    server: await cpuMsOf(pids.server),
    worker: await cpuMsOf(pids.worker),
    tookMs: Date.now(),
  });
  const before = await read();
  const value = await work();
  const after = await read();
  return {
    server: after.server - before.server,
    worker: after.worker - before.worker,
    tookMs: after.tookMs - before.tookMs,
    value,
  };
}

/** @returns the number of events and of activity attempts. The start event of an activity has the number of its last attempt. */
async function historyOf(client: Client, workflowId: string): Promise<{ events: number; attempts: number }> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const attempts = (events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0);
  return { events: events?.length ?? 0, attempts: attempts.reduce((sum, attempt) => sum + attempt, 0) };
}
