import type { Command } from 'commander';
import { messageOf } from '../../client-library/grpc.ts';
import { type Act, examples, refuseServerOptions, type Runner, withOwnServer } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { CommandError } from '../failure.ts';
import { portValue } from '../options/values.ts';

interface SimulateOptions {
  docswritePort: number;
  deepwriterPort: number;
}

export function addSimulateCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('simulate'))
    .description('simulate Docswrite and DeepWriter on this machine, until Ctrl-C')
    .option('--docswrite-port <port>', 'the port of Docswrite; a free one if left out', portValue, 0)
    .option('--deepwriter-port <port>', 'the port of DeepWriter; a free one if left out', portValue, 0)
    .addHelpText('after', examples('simulate', 'simulate --docswrite-port 8801 --deepwriter-port 8802 --json'))
    .action(run(simulate));
}

const simulate: Act<SimulateOptions> = async ({ output, interruption }, options) => {
  refuseServerOptions(options, 'simulate');
  const [{ simulatedAccounts, simulatorGuide, startSimulators }, { createTeardown }] = await Promise.all([
    import('../playground/simulators.ts'),
    import('../playground/teardown.ts'),
  ]);
  const teardown = createTeardown();
  const { happened } = interruption();
  try {
    const ports = { docswrite: options.docswritePort, deepwriter: options.deepwriterPort };
    const simulators = await startSimulators({ teardown, ports }).catch((error: unknown) => {
      throw notListening(error);
    });
    const { docswrite, deepwriter } = simulators;
    const env = simulatedAccounts(simulators);
    const exports = Object.entries(env).map(([name, value]) => `  export ${name}='${value}'`);
    const text = [
      `docswrite  ${docswrite.url}`,
      `deepwriter ${deepwriter.url}`,
      'Set these variables for a worker that polls them:',
      ...exports,
      simulatorGuide(simulators),
      'Ready. Ctrl-C stops everything.',
    ];
    output.answer({ docswrite: docswrite.url, deepwriter: deepwriter.url, env }, text.join('\n'));
    await happened;
    return EXIT.done;
  } finally {
    await teardown.run();
  }
};

function notListening(error: unknown): CommandError {
  const reason = messageOf(error);
  const hint = 'choose other ports by --docswrite-port and --deepwriter-port';
  return new CommandError(
    `the simulators cannot listen: ${reason}`,
    { code: 'port-taken', exitCode: EXIT.usage, hint },
    { cause: error },
  );
}
