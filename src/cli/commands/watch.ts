import type { Command } from 'commander';
import type { TrackedJob } from '../../client.ts';
import type { CommandContext, Runner } from '../command.ts';
import { examples } from '../command.ts';
import { withTemporal } from '../connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { exitOfOutcome } from '../exit-code.ts';
import { EXAMPLES } from '../options/providers.ts';
import type { AddressOptions } from '../options/job-address.ts';
import { addressOf, withAddress } from '../options/job-address.ts';
import { watched } from '../views/follow.ts';

/** Adds the command that shows a job until it has ended, and whose exit code says how. */
export function addWatchCommand(program: Command, run: Runner): void {
  withAddress(program.command('watch'))
    .description('show each change of a job until it has ended; without a terminal, one line a change')
    .addHelpText('after', examples(`watch ${EXAMPLES.job}`, `watch ${EXAMPLES.job} --json | jq .progress`))
    .action(
      run<AddressOptions>((context, options, args) => {
        const address = addressOf(args, options);
        return withTemporal(context, options, ({ tracker }) => watchJob(context, tracker.get(address)));
      }),
    );
}

export async function watchJob(context: CommandContext, tracked: TrackedJob): Promise<ExitCode> {
  return exitOfOutcome(await watched(context, tracked));
}
