import type { Command } from 'commander';
import { examples, type GlobalOptions, type Runner } from '../command.ts';

export function addDoctorCommand(program: Command, run: Runner): void {
  program
    .command('doctor')
    .description('check configuration, server, workers and accounts, and say how to correct what is wrong')
    .addHelpText(...examples('doctor', 'doctor --address temporal.internal:7233 --json'))
    .action(run<GlobalOptions>(async (...given) => (await import('../doctor/examine.ts')).doctor(...given)));
}
