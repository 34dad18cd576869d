import type { Command } from 'commander';
import type { TrackedJob } from '../../client.ts';
import { type CommandContext, examples, type Runner } from '../command.ts';
import { type ExitCode, exitOfOutcome } from '../exit-code.ts';
import { withAddress } from '../options/job-address.ts';
import { EXAMPLES } from '../options/providers.ts';
import { watched } from '../views/follow.ts';
import { onJob } from './ask-worker.ts';

/** Adds the command that shows a job until it has ended. Its exit code depends on the outcome. */
export function addWatchCommand(program: Command, run: Runner): void {
  withAddress(program.command('watch'))
    .description('show each change of a job until it has ended; without a terminal, one line a change')
    .addHelpText('after', examples(`watch ${EXAMPLES.job}`, `watch ${EXAMPLES.job} --json | jq .progress`))
    .action(run(onJob(watchJob)));
}

export async function watchJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  return exitOfOutcome(await watched(context, tracked));
}
