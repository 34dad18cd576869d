import { type Command, Option } from 'commander';
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type JobProgress,
  type PollingDurations,
  type TrackedJob,
  type TrackOptions,
  UnreachableError,
} from '../../client.ts';
import { describeExecution } from '../../client-library/execution.ts';
import { isRefused } from '../../contract/progress.ts';
import { type Act, examples, type Runner, traced } from '../command.ts';
import { EXIT, type ExitCode, UsageError } from '../exit.ts';
import { awaitJob, watchJob } from './job.ts';
import { EXAMPLES, PROVIDER_NAMES } from '../options/providers.ts';
import { type AddressOptions, jobOf, withAddressOptions } from '../options/job-address.ts';
import { notTakenText, typedNotTaken, type TypedOptionNotTaken } from '../views/options-not-taken.ts';
import { intervalValue, labelValue, type LimitCommandOptions, limitsOf, withLimitOptions } from '../options/values.ts';
import { withTemporal } from '../connection.ts';
import { uiHintOf } from '../views/ui-hint.ts';

export interface TrackCommandOptions extends AddressOptions, LimitCommandOptions {
  wait?: true;
  watch?: true;
  again?: true;
  label?: Record<string, string>;
  interval?: number;
  maxInterval?: number;
}

export function addTrackCommand(program: Command, run: Runner): void {
  const command = program
    .command('track')
    .description('track a job until it ends; attach if it is tracked already')
    .argument('<provider>', PROVIDER_NAMES)
    .argument('<jobId>', "the job's id at the provider");
  withAddressOptions(command)
    .addOption(new Option('--wait', 'stay until the job has ended, and print its outcome').conflicts('watch'))
    .option('--watch', 'stay until the job has ended, and show each change')
    .option('--again', 'start again if tracking of this id has ended; use it for a job that you have just created')
    .option('--label <key=value>', 'a label to find the job by; may be repeated', labelValue)
    .option(
      '--interval <duration>',
      'the time between two polls; with --max-interval: the shortest interval',
      intervalValue,
    )
    .option('--max-interval <duration>', 'let intervals grow up to this, by age and progress', intervalValue);
  withLimitOptions(command)
    .addHelpText(
      ...examples(
        `track ${EXAMPLES.job} --watch`,
        `track ${EXAMPLES.jobToCancel} --label book=7 --limit total=2h --on-limit cancel`,
      ),
    )
    .action(run(traced(track)));
}

const track: Act<TrackCommandOptions> = (context, options, [provider = '', jobId = '']) => {
  const job = jobOf(provider, jobId, options);
  const asked = trackOptionsOf(options);
  const { output } = context;
  return withTemporal(context, options, async (reached) => {
    const { client, tracker } = reached;
    const { workflowId } = tracker.get(job);
    const before = await runOf(client, workflowId);
    const tracked = await tracker.track(job, asked);
    const attached = before !== null && before === (await runOf(client, workflowId));
    const planned = await output.noteIfSlow('waiting for a worker to plan the job …', () => untilPlanned(tracked));
    const notTaken = typedNotTaken({ attached, planned }, asked);
    const { text, answer } = trackingOf({ ...reached, workflowId }, { attached, planned, notTaken });
    if (options.wait === true || options.watch === true) output.note(text); // another answer follows
    else output.answer(answer, text);
    const trouble = troubleText(planned, reached.taskQueue);
    const warning = notTakenText(notTaken, { workflowId, ended: (planned?.outcome ?? null) !== null });
    for (const remark of [trouble, warning]) if (remark !== null) output.note(remark);
    if (options.watch === true) return watchJob(context, tracked);
    if (options.wait === true) return awaitJob(context, tracked);
    return EXIT.done satisfies ExitCode;
  });
};

/** `--interval` alone sets a fixed interval. With `--max-interval`, it sets the shortest of growing intervals. */
export function trackOptionsOf(options: TrackCommandOptions): TrackOptions {
  const { interval, maxInterval, label, again } = options;
  if (interval !== undefined && maxInterval !== undefined && interval > maxInterval) {
    const hint = 'leave out --max-interval for a fixed interval';
    throw new UsageError('--max-interval must not be below --interval', hint);
  }
  const fixed: PollingDurations | undefined =
    interval === undefined ? undefined : { mode: 'fixed', intervalMs: interval };
  const polling: PollingDurations | undefined =
    maxInterval === undefined ? fixed : { mode: 'adaptive', minIntervalMs: interval, maxIntervalMs: maxInterval };
  return { polling, limits: limitsOf(options), labels: label, again };
}

/** @returns the id of the first run, which all runs share; null: there is no workflow */
async function runOf(client: Client, workflowId: string): Promise<string | null> {
  try {
    return (await describeExecution(client, workflowId)).firstRunId;
  } catch {
    return null; // only the text about attaching depends on it
  }
}

const PLAN_MS = 5_000;
const CHECK_EVERY_MS = 100;

/**
 * Waits up to 5 s for the plan, because some wrong input is found only by a worker.
 * @returns null: no worker has answered yet
 * @throws InvalidJobError
 */
async function untilPlanned(tracked: TrackedJob): Promise<JobProgress | null> {
  const untilMs = Date.now() + PLAN_MS;
  while (Date.now() < untilMs) {
    const asked = tracked.progress().catch((error: unknown) => {
      if (error instanceof UnreachableError && error.what === 'worker') return null;
      throw error;
    });
    const progress = await Promise.race([asked, sleep(untilMs - Date.now(), null, { ref: false })]);
    if (progress !== null && progress.version > 1) {
      if (isRefused(progress)) await tracked.result(); // throws InvalidJobError
      return progress;
    }
    await sleep(CHECK_EVERY_MS);
  }
  return null;
}

interface Tracking {
  attached: boolean;
  planned: JobProgress | null;
  notTaken: TypedOptionNotTaken[] | null;
}

function trackingOf(at: Parameters<typeof uiHintOf>[0], tracking: Tracking): { text: string; answer: object } {
  const { attached, planned, notTaken } = tracking;
  const { workflowId } = at;
  const ui = uiHintOf(at);
  const how = attached ? 'tracked already; attached' : 'tracking';
  const state = planned?.state ?? null;
  const outcome = planned?.outcome ?? null;
  const shown = planned === null ? '' : ` (${outcome?.status ?? planned.state})`;
  return {
    text: `${how}${shown}: ${workflowId}\n  ${ui}`,
    answer: { workflowId, attached, planned: planned !== null, state, outcome, ui, notTaken },
  };
}

function troubleText(planned: JobProgress | null, taskQueue: string): string | null {
  if (planned !== null) return planned.health.error === null ? null : `warning: ${planned.health.error}`;
  return (
    `warning: the job is stored, but no worker has planned it within ${PLAN_MS / 1_000} s; ` +
    `start one with 'jobtrack worker', and check that it polls task queue ${taskQueue}`
  );
}
