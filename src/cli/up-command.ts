import type { Command } from 'commander';
import type { Runner } from './command.ts';
import { examples } from './command.ts';
import type { UpOptions } from './playground/up.ts';

export function addUpCommand(program: Command, run: Runner): void {
  program
    .command('up')
    .description('run a Temporal server and a worker for development, until Ctrl-C')
    .option('--simulate', 'play both services too, with jobs that you make up')
    .option('--db <file>', 'keep jobs in this file; without it they are forgotten')
    .addHelpText('after', examples('up --simulate', 'up --db jobs.db'))
    .action(run<UpOptions>(async (...given) => (await import('./playground/up.ts')).up(...given)));
}
