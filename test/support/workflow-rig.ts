import { Client, defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect } from 'vitest';
import type { TrackOptions } from '../../src/client.ts';
import type { JobOutcome, JobProgress, JobRef } from '../../src/contract/index.ts';
import type { TrackedJob } from '../../src/client-library/tracked-job.ts';
import type { CreateJob, JobTruth } from '../../src/simulators/control/interface.ts';
import type { Fault } from '../../src/simulators/model.ts';
import { type Rig, type RigOptions, startRig } from './rig.ts';
import { createStandstillHelp } from './standstill.ts';
import { createTimeSkippingEnvironment } from './time-skipping-server/environment.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { sharedWorkflowBundle } from './workflow-bundle.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** The allowed lateness in skipped time. Real time passes too during a request, and on a busy machine a request takes long. */
export const LATE_MS = 8 * SECOND;

/**
 * Scenarios that decide themselves how a cancel is answered. For all others the cancel is answered a little later than the poll that
 * runs at the same time. If a workflow task cancels an activity that has just completed, the time-skipping server 1.38.0 loses the
 * task and stands still. A real server accepts the task (test/integration).
 */
const OWN_CANCELS = ['cancel-down', 'cancel-unanswered', 'cancel-answer', 'cancel-finished'];

export type Service = 'docswrite' | 'deepwriter';

/** A job at a simulator, and the workflow that tracks it. */
export interface Followed extends TrackedJob {
  jobId: string;
  ref: JobRef;
  /** @returns the true state of the job, from the simulator */
  truth: () => Promise<JobTruth>;
  /** Lets virtual time pass until tracking has ended. */
  ended: (withinMs: number) => Promise<JobOutcome>;
  /** Waits in real time until the progress satisfies `isSo`. No time is skipped. */
  until: (isSo: (progress: JobProgress) => boolean) => Promise<JobProgress>;
  signal: (name: string, ...args: unknown[]) => Promise<void>;
  /** Terminates the workflow, between two attempts if possible: the server locks its time if a workflow closes during an attempt. */
  drop: () => Promise<void>;
}

/** A rig in which hours pass in seconds. Server, activities and simulators share one virtual clock. */
export interface WorkflowRig extends Rig {
  env: TestWorkflowEnvironment;
  /** @returns the virtual time, in epoch ms */
  now: () => Promise<number>;
  /** Lets this virtual time pass, in ms. */
  pass: (ms: number) => Promise<void>;
  /** Creates a job at the simulator. */
  create: (service: Service, ask: CreateJob | string) => Promise<JobRef>;
  /** Creates a job at the simulator, and tracks it. */
  follow: (service: Service, ask: CreateJob | string, options?: TrackOptions) => Promise<Followed>;
  /** @returns the same object for a job that was started in another way */
  followed: (job: JobRef) => Followed;
  /** Adds a fault to the answers about one job, from now on. */
  spoil: (job: { jobId: string }, fault: Fault) => Promise<void>;
}

export async function startWorkflowRig(options: Partial<RigOptions> = {}): Promise<WorkflowRig> {
  const [env, workflowBundle] = await Promise.all([createTimeSkippingEnvironment(), sharedWorkflowBundle()]);
  const clock = await createVirtualClock(() => env.currentTimeMs());
  // The environment's own client skips time while it waits for a result: up to ten years, if nothing else happens.
  const client = new Client({ connection: env.connection });
  const help = createStandstillHelp(client);
  const interceptors = { activity: [help.interceptor, ...clock.activityInterceptors] };
  const rig = await startRig({
    client,
    connection: env.nativeConnection,
    now: clock.now,
    ...options,
    config: { holdMs: 0, reportEveryMs: 0, ...options.config },
    worker: { random: () => 0, workflowBundle, workerOptions: { interceptors }, ...options.worker },
  });
  const pass: WorkflowRig['pass'] = async (ms) => {
    await help.whilePassing(env.sleep(ms), () => env.currentTimeMs());
    await clock.synchronise();
  };
  return withVirtualTime(rig, env, { now: clock.synchronise, pass });
}

type Time = Pick<WorkflowRig, 'now' | 'pass'>;

function withVirtualTime(rig: Rig, env: TestWorkflowEnvironment, { now, pass }: Time): WorkflowRig {
  const create: WorkflowRig['create'] = async (service, ask) => {
    await now();
    const asked = typeof ask === 'string' ? { scenario: ask } : ask;
    const { jobId, queueType } = await rig[service].control.createJob(asked);
    if (service === 'deepwriter' && !OWN_CANCELS.includes(asked.scenario)) {
      await rig.deepwriter.control.addFault({ jobId, route: 'cancel', preset: 'late-answer', params: { ms: 100 } });
    }
    return { provider: service, jobId, ...(queueType === undefined ? {} : { queueType }) };
  };
  const followed: WorkflowRig['followed'] = (job) => followedOf(rig, job, pass);
  return {
    ...rig,
    env,
    now,
    pass,
    create,
    followed,
    follow: async (service, ask, options) => {
      const job = followed(await create(service, ask));
      await rig.tracker.track(job.ref, options);
      // The server skips time while a workflow task waits for a worker. On a busy machine hours could pass before the first poll.
      await expect.poll(async () => (await job.truth()).polls).toBeGreaterThan(0);
      return job;
    },
    spoil: async ({ jobId }, fault) => {
      await now();
      for (const { control } of [rig.docswrite, rig.deepwriter]) await control.addFault({ jobId, ...fault });
    },
    close: async () => {
      await rig.close();
      await env.teardown();
    },
  };
}

function followedOf(rig: Rig, ref: JobRef, pass: (ms: number) => Promise<void>): Followed {
  const job = rig.tracker.get(ref);
  const handle = rig.client.workflow.getHandle(job.workflowId);
  return {
    ...job,
    jobId: ref.jobId,
    ref,
    truth: () => rig[ref.provider as Service].control.job(ref.jobId, ref['queueType']),
    ended: async (withinMs) => {
      await pass(withinMs);
      // The server skips time while a workflow task waits for a worker, so the last task may still be open.
      await expect
        .poll(() => job.progress(), { message: `not ended within ${withinMs} ms` })
        .toMatchObject({ outcome: { status: expect.any(String) } });
      return job.result();
    },
    until: async (isSo) => {
      const seen = await expect
        .poll(() => job.progress().catch(() => null))
        .toSatisfy((progress: JobProgress | null) => progress !== null && isSo(progress))
        .then(() => job.progress());
      return seen;
    },
    signal: (name, ...args) => handle.signal(name, ...args),
    drop: async () => {
      const polls = async (): Promise<number> =>
        rig[ref.provider as Service].control.job(ref.jobId).then((truth) => truth.polls);
      const isCalm = async (): Promise<boolean> => (await job.progress()).polls === (await polls().catch(() => 0));
      // If this wait fails, the time may stay locked. `standstill.ts` unlocks it.
      await expect
        .poll(isCalm)
        .toBe(true)
        .catch(() => undefined);
      // The workflow may have ended in the meantime.
      await handle.terminate().catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    },
  };
}

/** How a workflow closed, as any Temporal client sees it. */
export interface Closed {
  status: string;
  /** The failure. null: the workflow did not close with a failure. */
  failure: { type: string; message: string; nonRetryable: boolean; benign: boolean; details: unknown[] } | null;
  memo: Record<string, unknown>;
  result: unknown;
}

const BENIGN = 1;

export async function closedOf(rig: Rig, workflowId: string): Promise<Closed> {
  const handle = rig.client.workflow.getHandle(workflowId);
  const [description, history] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const last = history.events?.at(-1);
  const failure = last?.workflowExecutionFailedEventAttributes?.failure;
  const info = failure?.applicationFailureInfo;
  const values = (payloads: unknown): unknown[] =>
    ((payloads as Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined) ?? []).map(
      (payload) => defaultPayloadConverter.fromPayload(payload),
    );
  return {
    status: description.status.name,
    failure:
      failure === undefined || failure === null
        ? null
        : {
            type: info?.type ?? '',
            message: failure.message ?? '',
            nonRetryable: info?.nonRetryable === true,
            benign: Number(info?.category) === BENIGN,
            details: values(info?.details?.payloads),
          },
    memo: { ...description.memo },
    result: values(last?.workflowExecutionCompletedEventAttributes?.result?.payloads)[0] ?? null,
  };
}

/** @returns the number of events in the history of a workflow */
export async function eventsOf(rig: Rig, workflowId: string): Promise<number> {
  const { events } = await rig.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.length ?? 0;
}
