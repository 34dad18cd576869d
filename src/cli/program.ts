import { Command, CommanderError } from 'commander';
import { createRequire } from 'node:module';
import { type Environment, knowSecretsOf } from '../config/index.ts';
import { unquoted } from '../config/pasted.ts';
import { contextOf, createRunner, type Runner } from './command.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { EXIT, type ExitCode, failureOf, InterruptedError } from './exit.ts';
import { addJobCommands } from './commands/job.ts';
import { addListCommand } from './commands/list.ts';
import { createOutput, maskedSink, type Output, type Streams } from './terminal/output.ts';
import { addTrackCommand } from './commands/track.ts';
import { addDemoCommand, addSimulateCommand, addUpCommand } from './commands/playground.ts';
import { EXAMPLES, PROVIDER_TITLES } from './options/providers.ts';
import { addWorkerCommand } from './commands/worker.ts';

/** The input and output of one command line. */
export interface CommandLine extends Streams {
  /** The arguments, without `node` and the script. */
  argv: readonly string[];
  env: Environment;
  /** Aborts when stdout cannot be written any more. Default: never. */
  lost?: AbortSignal;
}

const NEVER = new AbortController().signal;

/** Runs one command line. It never throws: it prints every error, and returns its exit code. */
export async function runCommandLine({ argv, env, lost = NEVER, ...streams }: CommandLine): Promise<ExitCode> {
  knowSecretsOf(env);
  const [stdout, stderr] = [maskedSink(streams.stdout), maskedSink(streams.stderr)];
  const output = createOutput({ stdout, stderr }, argv.includes('--json'), env);
  let exitCode: ExitCode = EXIT.done;
  const run = createRunner(contextOf(env, output, lost), (code) => (exitCode = code));
  const program = programOf(run, output);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (lost.aborted && error instanceof InterruptedError) return EXIT.unread; // nothing can be printed any more
    return error instanceof CommanderError ? usageExit(error, output) : failed(error, output, env);
  }
}

/** Creates the command line with all commands and options. */
export function programOf(run: Runner, { raw, isJson }: Output): Command {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const program = new Command('jobtrack')
    .description(`Tracks jobs at ${PROVIDER_TITLES} until they end, each by one durable Temporal workflow.`)
    .version(version, '-V, --version')
    .option('--json', 'print JSON on stdout: one value, or one value a line; everything else goes to stderr')
    .option('--address <host:port>', 'the Temporal server; TEMPORAL_ADDRESS if left out')
    .option('--namespace <name>', "the server's namespace; TEMPORAL_NAMESPACE if left out")
    .addHelpText('after', HELP)
    .configureHelp({ showGlobalOptions: true, helpWidth: 110 })
    .configureOutput({
      writeOut: raw.stdout,
      writeErr: (text) => (isJson ? undefined : raw.stderr(text)), // with --json, `usageExit` prints it
    })
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride();
  for (const add of COMMANDS) add(program, run);
  return program;
}

/** In the order of the help. */
const COMMANDS = [
  addUpCommand,
  addDemoCommand,
  addWorkerCommand,
  addDoctorCommand,
  addTrackCommand,
  addJobCommands,
  addListCommand,
  addSimulateCommand,
];

const HELP = `
Name a job by its provider and id, such as \`${EXAMPLES.job}\`, or by its workflow id.
Exit codes: 0 done, 1 the job did not complete, 2 bad usage or input, 3 Temporal or a worker cannot be reached, 4 not tracked,
5 the answer could not be written.

Examples:
  $ jobtrack up --simulate
  $ jobtrack track ${EXAMPLES.job} --watch
  $ jobtrack list --state running`;

/** Commander has printed the text for people already. Help and version are not errors, but a missing command is. */
function usageExit({ code, message }: CommanderError, output: Output): ExitCode {
  if (code === 'commander.helpDisplayed' || code === 'commander.version') return EXIT.done;
  const isBare = code === 'commander.help';
  const text = isBare ? 'a command is missing' : message.replace(/^error: /, '');
  if (output.isJson)
    output.fail({ exitCode: EXIT.usage, code: 'usage', message: text, hint: '--help shows how it is used' });
  return EXIT.usage;
}

function failed(error: unknown, output: Output, env: Environment): ExitCode {
  const failure = failureOf(error);
  output.fail(failure);
  const isDebugging = ['debug', 'trace'].includes(unquoted(env['JOBTRACK_LOG_LEVEL'] ?? ''));
  if (isDebugging && error instanceof Error) output.note(error.stack ?? '');
  return failure.exitCode;
}
