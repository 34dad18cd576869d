import type { Command } from 'commander';
import type { TrackedJob } from '../client.ts';
import type { CommandContext, Runner } from './command.ts';
import { examples } from './command.ts';
import type { ExitCode } from './exit-code.ts';
import { exitOfOutcome } from './exit-code.ts';
import { awaited, watched } from './follow.ts';
import type { AddressOptions } from './job-address.ts';
import { addressOf, withAddress } from './job-address.ts';
import { outcomeText } from './outcome-text.ts';
import { withTemporal } from './reach.ts';

/** Adds the commands that stay until a job has ended, and whose exit code says how. */
export function addEndingCommands(program: Command, run: Runner): void {
  withAddress(program.command('watch'))
    .description('show each change of a job until it has ended; without a terminal, one line a change')
    .addHelpText('after', examples('watch docswrite 42', 'watch docswrite 42 --json | jq .progress'))
    .action(
      run<AddressOptions>((context, options, args) => {
        const address = addressOf(args, options);
        return withTemporal(context, options, ({ tracker }) => watchJob(context, tracker.get(address)));
      }),
    );
  withAddress(program.command('result'))
    .description('wait until a job has ended, and print its outcome; exit code 0 if it completed, else 1')
    .addHelpText('after', examples('result docswrite 42', 'result docswrite 42 --json | jq -r .link'))
    .action(
      run<AddressOptions>((context, options, args) => {
        const address = addressOf(args, options);
        return withTemporal(context, options, ({ tracker }) => awaitJob(context, tracker.get(address)));
      }),
    );
}

export async function watchJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  return exitOfOutcome(await watched(context, tracked));
}

export async function awaitJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  const outcome = await awaited(context, tracked);
  context.output.answer(outcome, outcomeText(outcome));
  return exitOfOutcome(outcome);
}
