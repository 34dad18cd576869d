import { setTimeout as sleep } from 'node:timers/promises';
import { ACCOUNT_PREFIXES } from '../../config/account-settings.ts';
import { createJobTracker } from '../../client.ts';
import type { Environment } from '../../config/index.ts';
import { DEFAULT_TASK_QUEUE } from '../../contract/index.ts';
import type { Child } from '../../embedded/child.ts';
import { type Act, type CommandContext, refuseServerOptions } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { failureOf } from '../failure.ts';
import { follow } from '../views/follow.ts';
import { atServer, without } from '../playground/child-environment.ts';
import { type EmbeddedTemporal, startTemporal } from '../playground/embedded-temporal.ts';
import { simulatedAccounts, type Simulators, startSimulators } from '../playground/simulators.ts';
import { createTeardown, type Teardown } from '../playground/teardown.ts';
import { startWorker, untilPolling } from '../playground/worker-process.ts';
import { CANCEL_AFTER_MS, KILL_AFTER_MS } from './planned-jobs.ts';
import { type PlayedJob, reportOf, startJobs } from './jobs.ts';
import { reportText, shortfallsOf } from './report.ts';
import { openScreen, type Screen } from './screen.ts';

export interface DemoOptions {
  keep?: true;
}

/** The longest time of the whole demo, also on a slow machine. */
const LIMIT_MS = 4 * 60_000;

/** Runs ten jobs at both simulated services, kills the worker in the middle, and compares every outcome with the script. */
export const demo: Act<DemoOptions> = async (context, options) => {
  refuseServerOptions(options, 'demo');
  const { output } = context;
  const teardown = createTeardown();
  const { unlessStopped, happened, signal } = context.interruption();
  try {
    const stage = await unlessStopped(setUp(context, teardown));
    const startedAtMs = Date.now();
    const { jobs, workerKills } = await unlessStopped(
      play(context, stage, AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])),
    );
    const ui = stage.temporal.server.uiUrl;
    const report = {
      ui,
      workerKills,
      jobs: await Promise.all(jobs.map((job) => reportOf(job, stage.temporal.client))),
    };
    output.answer(report, `\n${reportText(report, Date.now() - startedAtMs)}`);
    if (options.keep === true) {
      output.say(`Everything keeps running: ${ui ?? stage.temporal.server.address}. Ctrl-C stops it.`);
      await happened;
    }
    return shortfallsOf(report).length === 0 ? EXIT.done : EXIT.endedOtherwise;
  } finally {
    await teardown.run();
  }
};

interface Stage {
  temporal: EmbeddedTemporal;
  simulators: Simulators;
  workers: Workers;
}

/** With this, a person sees changes of progress within seconds. */
const LIVELY = { JOBTRACK_REPORT_EVERY_MS: '1000' };

/** Starts workers, one at a time. */
interface Workers {
  start: () => Promise<Child>;
  current: () => Child | null;
}

async function setUp({ env, output }: CommandContext, teardown: Teardown): Promise<Stage> {
  const clean = without(env, 'TEMPORAL_', 'JOBTRACK_', ...ACCOUNT_PREFIXES); // no real accounts and settings in the demo
  const temporal = await startTemporal({ env: clean, say: output.say, teardown });
  output.say(`Temporal's UI: ${temporal.server.uiUrl ?? 'none'}`);
  const simulators = await startSimulators({ teardown });
  output.say(
    `simulators: docswrite ${simulators.docswrite.url}, deepwriter ${simulators.deepwriter.url}; starting a worker`,
  );
  const workerEnv = { ...atServer(clean, temporal.server.address), ...simulatedAccounts(simulators), ...LIVELY };
  const workers = workersOf(temporal, workerEnv, teardown);
  const worker = await workers.start();
  output.say(`worker ready (pid ${worker.pid})`);
  return { temporal, simulators, workers };
}

function workersOf({ client }: EmbeddedTemporal, workerEnv: Environment, teardown: Teardown): Workers {
  let current: Child | null = null;
  teardown.add(async () => {
    current?.kill(); // without draining: its jobs are not needed any more
    await current?.exited;
  });
  return {
    current: () => current,
    start: async () => {
      const worker = await startWorker(workerEnv, () => undefined);
      current = worker;
      await untilPolling(client, DEFAULT_TASK_QUEUE, worker);
      return worker;
    },
  };
}

interface Played {
  jobs: PlayedJob[];
  workerKills: number;
}

async function play(context: CommandContext, stage: Stage, signal: AbortSignal): Promise<Played> {
  const tracker = createJobTracker({ client: stage.temporal.client });
  const jobs = await startJobs(tracker, stage.simulators);
  const screen = openScreen(
    context,
    jobs.map(({ row }) => row),
  );
  screen.event(`${jobs.length} jobs tracked`);
  const overdue = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
  const followed = Promise.all(jobs.map((job) => Promise.race([followJob(job, screen, signal), overdue])));
  try {
    await sleep(CANCEL_AFTER_MS, undefined, { signal });
    const cancels = [cancelJobs(jobs, 'early', screen)];
    await sleep(KILL_AFTER_MS - CANCEL_AFTER_MS, undefined, { signal });
    const killed = stage.workers.current();
    killed?.kill();
    await killed?.exited;
    screen.event(
      `worker ${killed?.pid ?? 0} killed by SIGKILL: another worker takes over its polls when their heartbeats time out, within 30 s`,
    );
    cancels.push(cancelJobs(jobs, 'unattended', screen));
    const worker = await stage.workers.start();
    screen.event(`new worker ready (pid ${worker.pid})`);
    await followed; // a job that did not end in time has no outcome, which the report shows
    await Promise.all(cancels);
    return { jobs, workerKills: killed === null ? 0 : 1 };
  } finally {
    screen.end();
  }
}

async function followJob(job: PlayedJob, screen: Screen, signal: AbortSignal): Promise<void> {
  const follower = {
    progress: (progress: NonNullable<PlayedJob['row']['progress']>) => {
      screen.changed(job.row, progress);
      job.row.progress = progress;
    },
    trouble: () => undefined,
  };
  await follow(job.tracked, follower, signal);
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
