import type { Command } from 'commander';
import { InvalidJobError, type LimitOptions, type Limits, NotTrackedError, type TrackedJob } from '../../client.ts';
import { isRefused } from '../../contract/progress.ts';
import { type Act, type CommandContext, examples, type Runner } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { UsageError } from '../failure.ts';
import { EXAMPLES } from '../options/providers.ts';
import { addressOf, type AddressOptions, withAddress } from '../options/job-address.ts';
import { type LimitCommandOptions, limitsOf, withLimitOptions } from '../options/limits.ts';
import { limitsText } from '../views/limits.ts';
import { withTemporal } from '../connection.ts';
import { noteIfSlow } from '../terminal/note-if-slow.ts';

export function addSetLimitsCommand(program: Command, run: Runner): void {
  withLimitOptions(withAddress(program.command('set-limits')))
    .description('change limits of a job that is being tracked, and print those that hold now; the others stay')
    .addHelpText(
      'after',
      examples(
        `set-limits ${EXAMPLES.job} --limit total=48h`,
        `set-limits ${EXAMPLES.job} --limit total=none --on-limit alert`,
      ),
    )
    .action(run(setLimits));
}

const setLimits: Act<AddressOptions & LimitCommandOptions> = (context, options, args) => {
  const address = addressOf(args, options);
  const limits = limitsOf(options);
  if (Object.keys(limits).length === 0)
    throw new UsageError('no limit is given', 'give --limit or --on-limit, such as --limit total=48h');
  return withTemporal(context, options, ({ tracker }) => changed(context, tracker.get(address), limits));
};

async function changed({ output }: CommandContext, tracked: TrackedJob, limits: LimitOptions): Promise<ExitCode> {
  const { workflowId } = tracked;
  const asking = <T>(ask: () => Promise<T>): Promise<T> =>
    noteIfSlow(output.note, 'waiting for a worker to answer …', ask);
  const answer = (current: Limits, text: string, outcome: unknown = null): void =>
    output.answer({ workflowId, set: outcome === null, limits: current, outcome }, `${workflowId}: ${text}`);
  try {
    const current = await asking(() => tracked.setLimits(limits));
    answer(current, limitsText(current));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof NotTrackedError)) throw error;
    // The server refuses an update of a closed workflow with the same error as for a missing one. A query finds out which it is.
    const last = await asking(() => tracked.progress());
    if (isRefused(last)) throw new InvalidJobError(last.message ?? 'the input was refused');
    if (last.outcome === null) throw error;
    answer(last.limits, `has ended (${last.outcome.status}), so no limit was changed`, last.outcome);
    return EXIT.endedOtherwise;
  }
}
