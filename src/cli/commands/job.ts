import type { Command } from 'commander';
import { type CancelState, InvalidJobError, type JobProgress, NotTrackedError, type TrackedJob } from '../../client.ts';
import { MAX_CANCEL_WAIT_MS } from '../../contract/index.ts';
import { isRefused, TIMELINE_LENGTH } from '../../contract/progress.ts';
import { type Act, type CommandContext, examples, type Runner } from '../command.ts';
import { withTemporal } from '../connection.ts';
import { EXIT, type ExitCode, exitOfCancel, exitOfOutcome, UsageError } from '../exit.ts';
import { addressOf, type AddressOptions, withAddress } from '../options/job-address.ts';
import { EXAMPLES } from '../options/providers.ts';
import { durationWithin, type LimitCommandOptions, limitsOf, withLimitOptions } from '../options/values.ts';
import type { Output } from '../terminal/output.ts';
import { awaited, watched } from '../views/follow.ts';
import { cancelText, outcomeText, progressBlock, refusalText } from '../views/progress.ts';
import { timelineTable } from '../views/table.ts';
import { limitsText } from '../views/text.ts';

/** Adds the commands about one job. `track` is not among them: it is for jobs that are not tracked yet. */
export function addJobCommands(program: Command, run: Runner): void {
  const { job, jobWithParameter, jobToCancel, workflowId } = EXAMPLES;
  const add = <Options>(name: string, act: JobAct<Options>): Command =>
    withAddress(program.command(name)).action(run(onJob(act)));
  add('status', status)
    .description('show the progress of a job')
    .addHelpText(...examples(`status ${job}`, `status ${jobWithParameter} --json`));
  add('timeline', timeline)
    .description(`show the last ${TIMELINE_LENGTH} changes of state, health and cancel`)
    .addHelpText(...examples(`timeline ${job}`, `timeline ${workflowId} --json`));
  add('refresh', refresh)
    .description('poll the job now')
    .addHelpText(...examples(`refresh ${job}`));
  add('watch', watchJob)
    .description('show each change of a job until it has ended; without a terminal, one line a change')
    .addHelpText(...examples(`watch ${job}`, `watch ${job} --json | jq .progress`));
  add('result', awaitJob)
    .description('wait until a job has ended, and print its outcome; exit code 0 if it completed, else 1')
    .addHelpText(...examples(`result ${job}`, `result ${job} --json | jq -r .link`));
  add('cancel', cancel)
    .description(
      'cancel a job at its service, and say what the service answered; exit code 1 if it refused, or the job had ended',
    )
    .option('--reason <text>', 'kept with the job')
    .option('--by <text>', 'who asks; kept with the job')
    .option(
      '--wait-for <duration>',
      "wait this long for the service's answer, at most 60s; 10s if left out",
      durationWithin({ minMs: 0, maxMs: MAX_CANCEL_WAIT_MS }),
    )
    .addHelpText(...examples(`cancel ${jobToCancel} --reason "wrong title"`, `cancel ${job} --json`));
  withLimitOptions(withAddress(program.command('set-limits')))
    .description('change limits of a job that is being tracked, and print those that hold now; the others stay')
    .addHelpText(
      ...examples(`set-limits ${job} --limit total=48h`, `set-limits ${job} --limit total=none --on-limit alert`),
    )
    .action(run(setLimits));
}

type JobAct<Options> = (context: CommandContext, tracked: TrackedJob, options: Options) => Promise<ExitCode>;

function onJob<Options>(act: JobAct<Options>): Act<Options & AddressOptions> {
  return (context, options, args) => {
    const address = addressOf(args, options); // first, so that a wrong one is reported without a server
    return withTemporal(context, options, ({ tracker }) => act(context, tracker.get(address), options));
  };
}

function askingWorker<T>(output: Output, ask: () => Promise<T>): Promise<T> {
  return output.noteIfSlow('waiting for a worker to answer …', ask);
}

async function status({ output }: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const progress = await askingWorker(output, () => tracked.progress());
  output.answer({ workflowId: tracked.workflowId, ...progress }, progressBlock(progress, Date.now()));
  return EXIT.done;
}

async function timeline({ output }: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const entries = await askingWorker(output, () => tracked.timeline());
  output.answer(entries, entries.length === 0 ? 'nothing has changed yet' : timelineTable(entries));
  if (entries.length === TIMELINE_LENGTH) output.note(`only the last ${TIMELINE_LENGTH} changes are kept`);
  return EXIT.done;
}

async function refresh({ output }: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const { workflowId } = tracked;
  try {
    await tracked.refresh();
    output.answer({ workflowId, requested: true, outcome: null }, `${workflowId} will be polled now`);
  } catch (error) {
    const last = await lastProgress(output, tracked, error);
    const { outcome } = last;
    const ended = outcome === null ? refusalText(last) : `has ended (${outcome.status})`;
    output.answer({ workflowId, requested: false, outcome }, `${workflowId}: ${ended}, so there is nothing to poll`);
  }
  return EXIT.done;
}

/**
 * The server refuses a signal or an update of a closed workflow with the same error as for a missing one. A query finds out which it is.
 * @returns the progress of the closed workflow
 * @throws the error, if it has another reason
 */
async function lastProgress(output: Output, tracked: TrackedJob, error: unknown): Promise<JobProgress> {
  if (!(error instanceof NotTrackedError)) throw error;
  const last = await askingWorker(output, () => tracked.progress());
  if (last.outcome === null && !isRefused(last)) throw error;
  return last;
}

/** Shows a job until it has ended. */
export async function watchJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  return exitOfOutcome(await watched(context, tracked));
}

/** Waits until a job has ended. */
export async function awaitJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const outcome = await awaited(context, tracked);
  context.output.answer(outcome, outcomeText(outcome));
  return exitOfOutcome(outcome);
}

async function cancel(
  { output }: CommandContext,
  tracked: TrackedJob,
  { reason, by, waitFor }: { reason?: string; by?: string; waitFor?: number },
): Promise<ExitCode> {
  const state = await output.noteIfSlow("waiting for the service's answer …", () =>
    tracked.cancel({ reason, by, waitForMs: waitFor }),
  );
  output.answer({ workflowId: tracked.workflowId, ...state }, `${cancelText(state)}\n${MEANINGS[state.phase]}`);
  return exitOfCancel(state.phase);
}

/** The meaning of each phase, for people. */
const MEANINGS: Record<CancelState['phase'], string> = {
  none: 'Tracking had ended before anybody asked for a cancel.',
  requested: 'The request is stored, and is sent until the service answers.',
  accepted: 'The service accepted the request; the job is cancelled only when its status says so.',
  confirmed: 'The job is cancelled.',
  refused: 'The service refused, and the job goes on; ask again to try again.',
  unsupported: 'The service has no cancel: tracking ends, and the job goes on there.',
  'too-late': 'The job had ended before; its outcome does not change.',
};

const setLimits: Act<AddressOptions & LimitCommandOptions> = (context, options, args) => {
  const address = addressOf(args, options);
  const limits = limitsOf(options);
  if (limits === undefined)
    throw new UsageError('no limit is given', 'give --limit or --on-limit, such as --limit total=48h');
  const { output } = context;
  return withTemporal(context, options, async ({ tracker }) => {
    const tracked = tracker.get(address);
    const { workflowId } = tracked;
    try {
      const current = await askingWorker(output, () => tracked.setLimits(limits));
      const answer = { workflowId, set: true, limits: current, outcome: null };
      output.answer(answer, `${workflowId}: ${limitsText(current)}`);
      return EXIT.done;
    } catch (error) {
      const { outcome, message, limits: current } = await lastProgress(output, tracked, error);
      if (outcome === null) throw new InvalidJobError(message ?? 'the input was refused');
      const answer = { workflowId, set: false, limits: current, outcome };
      output.answer(answer, `${workflowId}: has ended (${outcome.status}), so no limit was changed`);
      return EXIT.endedOtherwise;
    }
  });
};
