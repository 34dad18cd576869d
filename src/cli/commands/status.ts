import type { Command } from 'commander';
import type { TrackedJob } from '../../client.ts';
import { type CommandContext, examples, type Runner } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { EXAMPLES } from '../options/providers.ts';
import { withAddress } from '../options/job-address.ts';
import { progressBlock } from '../views/progress.ts';
import { askingWorker, onJob } from './ask-worker.ts';

export function addStatusCommand(program: Command, run: Runner): void {
  withAddress(program.command('status'))
    .description('show the progress of a job')
    .addHelpText('after', examples(`status ${EXAMPLES.job}`, `status ${EXAMPLES.jobWithParameter} --json`))
    .action(run(onJob(status)));
}

async function status({ output }: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const progress = await askingWorker(output, () => tracked.progress());
  output.answer({ workflowId: tracked.workflowId, ...progress }, progressBlock(progress, Date.now()));
  return EXIT.done;
}
