import { Command } from 'commander';

/** The exit code of a wrong command line, the same in all programs. */
const USAGE = 2;

/**
 * Creates the command line of a program. `parse` answers `--help`, and ends the process with 2 and a message if an option is unknown.
 * @param about the description in `--help`
 */
export function programLine(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .configureHelp({ helpWidth: 110 })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));
}
