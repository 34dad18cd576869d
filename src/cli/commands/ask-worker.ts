import type { TrackedJob } from '../../client.ts';
import type { Act, CommandContext } from '../command.ts';
import { withTemporal } from '../connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { addressOf, type AddressOptions } from '../options/job-address.ts';
import type { Output } from '../terminal/output.ts';
import { noteIfSlow } from '../terminal/note-if-slow.ts';

/** Turns a function on one job into an act. */
export function onJob(use: (context: CommandContext, tracked: TrackedJob) => Promise<ExitCode>): Act<AddressOptions> {
  return (context, options, args) => {
    const address = addressOf(args, options);
    return withTemporal(context, options, ({ tracker }) => use(context, tracker.get(address)));
  };
}

/** Waits for a worker's answer, and prints a note if it takes long. */
export function askingWorker<T>(output: Output, ask: () => Promise<T>): Promise<T> {
  return noteIfSlow(output.note, 'waiting for a worker to answer …', ask);
}
