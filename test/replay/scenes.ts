import { trace } from '@opentelemetry/api';
import * as tracing from '@opentelemetry/sdk-trace';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../src/config/index.ts';
import type { TrackedJob } from '../../src/client.ts';
import type { TrackerWorkerOptions } from '../../src/worker.ts';
import type { Rig } from '../support/rig.ts';

interface Scene {
  about: string;
  config?: Partial<Config>;
  worker?: Partial<TrackerWorkerOptions>;
  /** @returns the workflow id, when the history has the events of the scene */
  play: (rig: Rig) => Promise<string>;
}

const quick = { polling: { mode: 'fixed', intervalMs: 1_000 } } as const;
const noThrottle = { reportEveryMs: 0 };

type Service = 'docswrite' | 'deepwriter';

async function tracked(rig: Rig, provider: Service, scenario: string, params = {}): Promise<TrackedJob> {
  const { jobId } = await rig[provider].control.createJob({ scenario, params });
  return rig.tracker.track({ provider, jobId }, { ...quick, labels: { recorded: 'yes' } });
}

async function ended(job: TrackedJob): Promise<string> {
  await job.result();
  return job.workflowId;
}

async function until(
  job: TrackedJob,
  isSo: (progress: Awaited<ReturnType<TrackedJob['progress']>>) => boolean,
): Promise<void> {
  for await (const progress of job.watch({ everyMs: 100 })) if (isSo(progress)) return;
}

/** Each scene gives one history, or one for each run of a chain. */
export const SCENES: Record<string, Scene> = {
  open: {
    about: 'still running, after three changes, a refresh and an update of the limits',
    config: noThrottle,
    play: async (rig) => {
      const job = await tracked(rig, 'deepwriter', 'changes', { changes: 3, unchanged: 10_000 });
      await until(job, ({ progress }) => progress === 3);
      await job.refresh();
      await job.setLimits({ totalMs: '2h', onLimit: 'alert' });
      return job.workflowId;
    },
  },
  completed: {
    about: 'completed, intervals held by the worker',
    config: noThrottle,
    play: async (rig) => ended(await tracked(rig, 'docswrite', 'success', { stepPolls: 1 })),
  },
  'given-back': {
    about: 'completed, intervals given back to the server and waited out by durable timers',
    config: { ...noThrottle, holdMs: 0 },
    play: async (rig) => ended(await tracked(rig, 'deepwriter', 'retry', { stepPolls: 1 })),
  },
  failed: {
    about: 'failed at the service',
    play: async (rig) => ended(await tracked(rig, 'deepwriter', 'failure', { stepPolls: 1 })),
  },
  'cancelled-by-signal': {
    about: 'cancelled by a signal without payload',
    play: async (rig) => {
      const job = await tracked(rig, 'deepwriter', 'long', { steps: 100_000 });
      await until(job, ({ polls }) => polls > 0);
      await rig.client.workflow.getHandle(job.workflowId).signal('cancel');
      return ended(job);
    },
  },
  'cancelled-by-update': {
    about: 'cancelled by the update, the first call of the endpoint left without an answer',
    play: async (rig) => {
      await rig.deepwriter.control.addFault({ route: 'cancel', preset: 'server-error', times: 2 });
      const job = await tracked(rig, 'deepwriter', 'long', { steps: 100_000 });
      await until(job, ({ polls }) => polls > 0);
      await job.cancel({ reason: 'recorded', by: 'recorder', id: 'recorded' });
      return ended(job);
    },
  },
  'cancelled-natively': {
    about: "cancelled by Temporal's own cancel",
    play: async (rig) => {
      const job = await tracked(rig, 'deepwriter', 'long', { steps: 100_000 });
      await until(job, ({ polls }) => polls > 0);
      await rig.client.workflow.getHandle(job.workflowId).cancel();
      return ended(job);
    },
  },
  'cancel-under-way': {
    about: 'open, with a cancel that the service does not answer',
    play: async (rig) => {
      await rig.deepwriter.control.addFault({ route: 'cancel', preset: 'server-error' });
      const job = await tracked(rig, 'deepwriter', 'long', { steps: 100_000 });
      await until(job, ({ polls }) => polls > 0);
      await job.cancel({ waitForMs: 1_500 });
      await until(job, ({ cancel }) => cancel.error !== null);
      return job.workflowId;
    },
  },
  abandoned: {
    about: 'abandoned: the service has no cancel',
    play: async (rig) => {
      const job = await tracked(rig, 'docswrite', 'long', { steps: 100_000 });
      await until(job, ({ polls }) => polls > 0);
      await job.cancel();
      return ended(job);
    },
  },
  degraded: {
    about: 'degraded by three failed polls, well again, completed',
    play: async (rig) => {
      await rig.docswrite.control.addFault({ route: 'status', preset: 'server-error', fromCall: 2, times: 4 });
      return ended(await tracked(rig, 'docswrite', 'success', { stepPolls: 1 }));
    },
  },
  continued: {
    about: 'continued as new several times, then completed',
    config: noThrottle,
    worker: { continueAfterEvents: 30 },
    play: async (rig) => ended(await tracked(rig, 'deepwriter', 'changes', { changes: 8, unchanged: 2 })),
  },
  traced: {
    about: 'started in a trace, continued as new, then completed',
    config: noThrottle,
    worker: { continueAfterEvents: 30 },
    play: async (rig) => {
      trace.setGlobalTracerProvider(new tracing.TracerProvider());
      const job = await tracked(rig, 'deepwriter', 'changes', { changes: 6, unchanged: 1 });
      trace.disable();
      return ended(job);
    },
  },
  'timed-out': {
    about: 'stopped by a limit',
    play: async (rig) => {
      const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'frozen' });
      return ended(
        await rig.tracker.track({ provider: 'deepwriter', jobId }, { ...quick, limits: { runningMs: 2_000 } }),
      );
    },
  },
  'unknown-word': {
    about: 'the service says a word that nobody knows for longer than a stall may last, and is asked again; completed',
    play: async (rig) => {
      const steps = [
        { answer: { status: 'in_progress', progress: 10 } },
        { afterMs: 1_000, answer: { status: 'archived', progress: 10 } },
        { afterMs: 12_000, answer: { status: 'completed', progress: 100 } },
      ];
      const { control } = rig.deepwriter;
      const { jobId } = await control.createJob({ scenario: 'script', steps });
      const limits = { stalledMs: 2_000 };
      const job = await rig.tracker.track({ provider: 'deepwriter', jobId }, { ...quick, limits });
      await until(job, ({ state }) => state === 'unknown');
      const { polls } = await control.job(jobId);
      while ((await control.job(jobId)).polls < polls + 4) await sleep(100);
      await job.refresh();
      return ended(job);
    },
  },
  invalid: {
    about: 'refused: the input was wrong',
    play: async (rig) => {
      const { taskQueue, client } = rig;
      const workflowId = 'job:recorded-with-wrong-input';
      const handle = await client.workflow.start('trackJob', {
        workflowId,
        taskQueue,
        args: [{ job: { provider: 'none' } }],
      });
      await handle.result().catch(() => undefined);
      return workflowId;
    },
  },
};
