import { Command } from 'commander';

/** A command line that is wrong, as by every program of ours. */
const USAGE = 2;

/** Begins the command line of a program: `about` is what its `--help` says it does. */
export function programLine(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .configureHelp({ helpWidth: 110 })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));
}

/** Reads this process's command line. Answers `--help`, and ends the process with 2 and one line for what is not known. */
export function readProgramLine(line: Command): Command {
  return line.parse();
}
