import type { Command } from 'commander';
import { examples, type Runner, withOwnServer } from '../command.ts';
import { portValue } from '../options/values.ts';
import type { UpOptions } from '../playground/up.ts';

export function addUpCommand(program: Command, run: Runner): void {
  withOwnServer(program.command('up'))
    .description('run a Temporal server and a worker for development, until Ctrl-C')
    .option('--simulate', 'simulate both services too, with jobs that you create')
    .option('--db <file>', 'keep jobs in this file; without it they are lost at the end')
    .option('--port <port>', "the server's port; if left out 7233, or a free one where that is taken", portValue)
    .option(
      '--ui-port <port>',
      "the port of Temporal's UI; if left out 8233, or a free one where that is taken",
      portValue,
    )
    .addHelpText('after', examples('up --simulate', 'up --db jobs.db', 'up --port 7300 --ui-port 8300'))
    .action(run<UpOptions>(async (...given) => (await import('../playground/up.ts')).up(...given)));
}
