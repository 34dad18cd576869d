import type { Command } from 'commander';
import type { Runner } from './command.ts';
import { examples, withOwnServer } from './command.ts';
import type { DemoOptions } from './demo/demo.ts';

export function addDemoCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('demo'))
    .description(
      'see it work in about a minute: server, simulated services, ten jobs, and a worker killed in the middle',
    )
    .option('--keep', "stay up afterwards, to look around in Temporal's UI, until Ctrl-C")
    .addHelpText('after', examples('demo', 'demo --keep', 'demo --json'))
    .action(run<DemoOptions>(async (...given) => (await import('./demo/demo.ts')).demo(...given)));
}
