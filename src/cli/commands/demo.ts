import type { Command } from 'commander';
import { examples, type Runner, withOwnServer } from '../command.ts';
import type { DemoOptions } from '../demo/run.ts';

export function addDemoCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('demo'))
    .description(
      'show in about a minute how it works: a server, simulated services, ten jobs, and a worker killed in the middle',
    )
    .option('--keep', "keep everything running afterwards, until Ctrl-C, so that you can use Temporal's UI")
    .addHelpText('after', examples('demo', 'demo --keep', 'demo --json'))
    .action(run<DemoOptions>(async (...given) => (await import('../demo/run.ts')).demo(...given)));
}
