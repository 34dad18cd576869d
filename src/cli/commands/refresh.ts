import type { Command } from 'commander';
import { type JobProgress, NotTrackedError, type TrackedJob } from '../../client.ts';
import { isRefused } from '../../contract/progress.ts';
import { type CommandContext, examples, type Runner } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { EXAMPLES } from '../options/providers.ts';
import { withAddress } from '../options/job-address.ts';
import { refusalText } from '../views/progress.ts';
import { askingWorker, onJob } from './ask-worker.ts';

export function addRefreshCommand(program: Command, run: Runner): void {
  withAddress(program.command('refresh'))
    .description('poll the job now')
    .addHelpText('after', examples(`refresh ${EXAMPLES.job}`))
    .action(run(onJob(refresh)));
}

async function refresh({ output }: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const { workflowId } = tracked;
  try {
    await tracked.refresh();
    output.answer({ workflowId, requested: true, outcome: null }, `${workflowId} will be polled now`);
  } catch (error) {
    if (!(error instanceof NotTrackedError)) throw error;
    const progress = await askingWorker(output, () => progressOfClosed(tracked, error));
    const { outcome } = progress;
    const ended = outcome === null ? refusalText(progress) : `has ended (${outcome.status})`;
    output.answer({ workflowId, requested: false, outcome }, `${workflowId}: ${ended}, so there is nothing to poll`);
  }
  return EXIT.done;
}

/** The server refuses a signal to a closed workflow with the same error as for a missing one. A query finds out which it is. */
async function progressOfClosed(tracked: TrackedJob, error: NotTrackedError): Promise<JobProgress> {
  const progress = await tracked.progress();
  if (progress.outcome === null && !isRefused(progress)) throw error;
  return progress;
}
