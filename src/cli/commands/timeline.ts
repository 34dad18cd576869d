import type { Command } from 'commander';
import type { TrackedJob } from '../../client.ts';
import { TIMELINE_LENGTH } from '../../contract/progress.ts';
import { type CommandContext, examples, type Runner } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { EXAMPLES } from '../options/providers.ts';
import { withAddress } from '../options/job-address.ts';
import { timelineTable } from '../views/timeline.ts';
import { askingWorker, onJob } from './ask-worker.ts';

export function addTimelineCommand(program: Command, run: Runner): void {
  withAddress(program.command('timeline'))
    .description(`show the last ${TIMELINE_LENGTH} changes of state, health and cancel`)
    .addHelpText('after', examples(`timeline ${EXAMPLES.job}`, `timeline ${EXAMPLES.workflowId} --json`))
    .action(run(onJob(timeline)));
}

async function timeline({ output }: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const entries = await askingWorker(output, () => tracked.timeline());
  output.answer(entries, entries.length === 0 ? 'nothing has changed yet' : timelineTable(entries));
  if (entries.length === TIMELINE_LENGTH) output.note(`only the last ${TIMELINE_LENGTH} changes are kept`);
  return EXIT.done;
}
