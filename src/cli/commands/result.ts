import type { Command } from 'commander';
import type { TrackedJob } from '../../client.ts';
import { type CommandContext, examples, type Runner } from '../command.ts';
import { type ExitCode, exitOfOutcome } from '../exit-code.ts';
import { withAddress } from '../options/job-address.ts';
import { EXAMPLES } from '../options/providers.ts';
import { awaited } from '../views/follow.ts';
import { outcomeText } from '../views/outcome.ts';
import { onJob } from './ask-worker.ts';

/** Adds the command that waits until a job has ended. Its exit code depends on the outcome. */
export function addResultCommand(program: Command, run: Runner): void {
  withAddress(program.command('result'))
    .description('wait until a job has ended, and print its outcome; exit code 0 if it completed, else 1')
    .addHelpText('after', examples(`result ${EXAMPLES.job}`, `result ${EXAMPLES.job} --json | jq -r .link`))
    .action(run(onJob(awaitJob)));
}

export async function awaitJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const outcome = await awaited(context, tracked);
  context.output.answer(outcome, outcomeText(outcome));
  return exitOfOutcome(outcome);
}
