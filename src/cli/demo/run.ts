import { setTimeout as sleep } from 'node:timers/promises';
import { createJobTracker } from '../../client.ts';
import { ACCOUNT_PREFIXES } from '../../config/account-settings.ts';
import type { Environment } from '../../config/index.ts';
import { DEFAULT_TASK_QUEUE } from '../../contract/index.ts';
import type { Child } from '../../embedded/child.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, failureOf } from '../exit.ts';
import { type EmbeddedTemporal, startTemporal } from '../playground/embedded-temporal.ts';
import { simulatedAccounts, type Simulators, startSimulators } from '../playground/simulators.ts';
import type { Play, Teardown } from '../playground/teardown.ts';
import { atServer, startWorker, untilPolling, without } from '../playground/worker-process.ts';
import { follow } from '../views/follow.ts';
import { type PlayedJob, reportOf, startJobs } from './jobs.ts';
import { CANCEL_AFTER_MS, KILL_AFTER_MS } from './planned-jobs.ts';
import { reportText, shortfallsOf } from './report.ts';
import { openScreen, type Screen } from './screen.ts';

/** The longest time of the whole demo, also on a slow machine. */
const LIMIT_MS = 4 * 60_000;

/** Runs ten jobs at both simulated services, kills the worker in the middle, and compares every outcome with the script. */
export const demo: Play<{ keep?: true }> = async (context, { keep }, teardown) => {
  const { output } = context;
  const { unlessStopped, happened, signal } = context.interruption();
  const stage = await unlessStopped(setUp(context, teardown));
  const { client, server } = stage.temporal;
  const startedAtMs = Date.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const { jobs, workerKills } = await unlessStopped(play(context, stage, limit));
  const report = { ui: server.uiUrl, workerKills, jobs: await Promise.all(jobs.map((job) => reportOf(job, client))) };
  output.answer(report, `\n${reportText(report, Date.now() - startedAtMs)}`);
  if (keep === true) {
    output.say(`Everything keeps running: ${server.uiUrl ?? server.address}. Ctrl-C stops it.`);
    await happened;
  }
  return shortfallsOf(report).length === 0 ? EXIT.done : EXIT.endedOtherwise;
};

interface Stage {
  temporal: EmbeddedTemporal;
  simulators: Simulators;
  workerEnv: Environment;
  /** One at a time. */
  worker: Child | null;
}

/** With this, a person sees changes of progress within seconds. */
const LIVELY = { JOBTRACK_REPORT_EVERY_MS: '1000' };

async function setUp({ env, output }: CommandContext, teardown: Teardown): Promise<Stage> {
  const clean = without(env, 'TEMPORAL_', 'JOBTRACK_', ...ACCOUNT_PREFIXES); // no real accounts and settings in the demo
  const temporal = await startTemporal({ env: clean, say: output.say, teardown });
  output.say(`Temporal's UI: ${temporal.server.uiUrl ?? 'none'}`);
  const simulators = await startSimulators({ teardown });
  output.say(
    `simulators: docswrite ${simulators.docswrite.url}, deepwriter ${simulators.deepwriter.url}; starting a worker`,
  );
  const workerEnv = { ...atServer(clean, temporal.server.address), ...simulatedAccounts(simulators), ...LIVELY };
  const stage: Stage = { temporal, simulators, workerEnv, worker: null };
  teardown.add(() => killWorker(stage)); // without draining: its jobs are not needed any more
  output.say(`worker ready (pid ${await nextWorker(stage)})`);
  return stage;
}

/** Starts a worker, and waits until it polls. @returns its pid */
async function nextWorker(stage: Stage): Promise<number> {
  stage.worker = await startWorker(stage.workerEnv, () => undefined);
  await untilPolling(stage.temporal.client, DEFAULT_TASK_QUEUE, stage.worker);
  return stage.worker.pid;
}

async function killWorker({ worker }: Stage): Promise<void> {
  worker?.kill();
  await worker?.exited;
}

async function play(
  { output }: CommandContext,
  stage: Stage,
  signal: AbortSignal,
): Promise<{ jobs: PlayedJob[]; workerKills: number }> {
  const jobs = await startJobs(createJobTracker({ client: stage.temporal.client }), stage.simulators);
  const screen = openScreen(output, jobs);
  screen.event(`${jobs.length} jobs tracked`);
  const overdue = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
  const followed = Promise.all(jobs.map((job) => Promise.race([followJob(job, screen, signal), overdue])));
  try {
    await sleep(CANCEL_AFTER_MS, undefined, { signal });
    const cancels = [cancelJobs(jobs, 'early', screen)];
    await sleep(KILL_AFTER_MS - CANCEL_AFTER_MS, undefined, { signal });
    const { worker } = stage;
    await killWorker(stage);
    screen.event(
      `worker ${worker?.pid ?? 0} killed by SIGKILL: another worker takes over its polls when their heartbeats time out, within 30 s`,
    );
    cancels.push(cancelJobs(jobs, 'unattended', screen));
    screen.event(`new worker ready (pid ${await nextWorker(stage)})`);
    await followed; // a job that did not end in time has no outcome, which the report shows
    await Promise.all(cancels);
    return { jobs, workerKills: worker === null ? 0 : 1 };
  } finally {
    screen.end();
  }
}

async function followJob(job: PlayedJob, screen: Screen, signal: AbortSignal): Promise<void> {
  const progress = (now: NonNullable<PlayedJob['progress']>): void => {
    screen.changed(job, now);
    job.progress = now;
  };
  await follow(job.tracked, { progress, trouble: () => undefined }, signal);
  job.outcome = await job.tracked.result();
}

async function cancelJobs(jobs: readonly PlayedJob[], when: 'early' | 'unattended', screen: Screen): Promise<void> {
  const asked = jobs.filter(({ planned }) => planned.cancel === when);
  await Promise.all(
    asked.map(async ({ tracked }) => {
      screen.event(`cancel asked for ${tracked.workflowId}`);
      const answer = await tracked.cancel({ reason: 'the demo cancels this one', by: 'demo' }).then(
        ({ phase }) => phase,
        (error: unknown) => failureOf(error).message, // the report then shows the difference
      );
      screen.event(`cancel of ${tracked.workflowId}: ${answer}`);
    }),
  );
}
