import type { TrackedJob } from '../../client.ts';
import type { Act, CommandContext } from '../command.ts';
import { withTemporal } from '../connection.ts';
import type { ExitCode } from '../exit-code.ts';
import type { AddressOptions } from '../options/job-address.ts';
import { addressOf } from '../options/job-address.ts';
import type { Output } from '../terminal/output.ts';
import { saidAfter } from '../terminal/said-after.ts';

/** Makes an act of what a command does with one job. */
export function onJob(use: (context: CommandContext, tracked: TrackedJob) => Promise<ExitCode>): Act<AddressOptions> {
  return (context, options, args) => {
    const address = addressOf(args, options);
    return withTemporal(context, options, ({ tracker }) => use(context, tracker.get(address)));
  };
}

/** Waits for a worker's answer, and says so if it takes long. */
export function askingWorker<T>(output: Output, ask: () => Promise<T>): Promise<T> {
  return saidAfter(output.note, 'waiting for a worker to answer …', ask);
}
