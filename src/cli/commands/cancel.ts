import type { Command } from 'commander';
import type { CancelState } from '../../client.ts';
import { MAX_CANCEL_WAIT_MS } from '../../contract/index.ts';
import { type Act, examples, type Runner } from '../command.ts';
import { exitOfCancel } from '../exit-code.ts';
import { EXAMPLES } from '../options/providers.ts';
import { addressOf, type AddressOptions, withAddress } from '../options/job-address.ts';
import { durationWithin } from '../options/values.ts';
import { cancelText } from '../views/progress.ts';
import { withTemporal } from '../connection.ts';
import { noteIfSlow } from '../terminal/note-if-slow.ts';

interface CancelCommandOptions extends AddressOptions {
  reason?: string;
  by?: string;
  waitFor?: number;
}

export function addCancelCommand(program: Command, run: Runner): void {
  withAddress(program.command('cancel'))
    .description(
      'cancel a job at its service, and say what the service answered; exit code 1 if it refused, or the job had ended',
    )
    .option('--reason <text>', 'kept with the job')
    .option('--by <text>', 'who asks; kept with the job')
    .option(
      '--wait-for <duration>',
      "wait this long for the service's answer, at most 60s; 10s if left out",
      durationWithin({ minMs: 0, maxMs: MAX_CANCEL_WAIT_MS }),
    )
    .addHelpText(
      'after',
      examples(`cancel ${EXAMPLES.jobToCancel} --reason "wrong title"`, `cancel ${EXAMPLES.job} --json`),
    )
    .action(run(cancel));
}

const cancel: Act<CancelCommandOptions> = (context, options, args) => {
  const { reason, by, waitFor } = options;
  const address = addressOf(args, options);
  return withTemporal(context, options, async ({ tracker }) => {
    const tracked = tracker.get(address);
    const { output } = context;
    const state = await noteIfSlow(output.note, "waiting for the service's answer …", () =>
      tracked.cancel({
        ...(reason === undefined ? {} : { reason }),
        ...(by === undefined ? {} : { by }),
        ...(waitFor === undefined ? {} : { waitForMs: waitFor }),
      }),
    );
    output.answer({ workflowId: tracked.workflowId, ...state }, `${cancelText(state)}\n${MEANINGS[state.phase]}`);
    return exitOfCancel(state.phase);
  });
};

/** The meaning of each phase, for people. */
const MEANINGS: Record<CancelState['phase'], string> = {
  none: 'Tracking had ended before anybody asked for a cancel.',
  requested: 'The request is stored, and is sent until the service answers.',
  accepted: 'The service accepted the request; the job is cancelled only when its status says so.',
  confirmed: 'The job is cancelled.',
  refused: 'The service refused, and the job goes on; ask again to try again.',
  unsupported: 'The service has no cancel: tracking ends, and the job goes on there.',
  'too-late': 'The job had ended before; its outcome does not change.',
};
