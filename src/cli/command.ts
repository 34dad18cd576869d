import { type Command, Help } from 'commander';
import type { Environment } from '../config/index.ts';
import type { ExitCode } from './exit-code.ts';
import { UsageError } from './failure.ts';
import { type Interruption, listenForInterruption } from './interruption.ts';
import type { Output } from './terminal/output.ts';

/** The input of every command, besides its options. */
export interface CommandContext {
  readonly env: Environment;
  readonly output: Output;
  /** Handles Ctrl-C, for a command that must clean up. If it is not called, Ctrl-C ends the process at once. */
  readonly interruption: () => Interruption;
}

/** The options of every command. */
export interface GlobalOptions {
  json?: boolean;
  address?: string;
  namespace?: string;
}

/** The work of a command. @returns the exit code @throws errors that `failureOf` knows */
export type Act<Options> = (
  context: CommandContext,
  options: Options & GlobalOptions,
  args: string[],
) => Promise<ExitCode>;

/** Turns an act into a function that commander can call. */
export type Runner = <Options>(act: Act<Options>) => (...given: unknown[]) => Promise<void>;

/** @param onExit receives the exit code of the command that runs */
export function createRunner(context: CommandContext, onExit: (exitCode: ExitCode) => void): Runner {
  return (act) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      onExit(await act(context, command.optsWithGlobals(), command.args));
    };
}

export function contextOf(env: Environment, output: Output, lost: AbortSignal): CommandContext {
  let interruption: Interruption | null = null;
  return { env, output, interruption: () => (interruption ??= listenForInterruption(output.note, lost)) };
}

/** Hides the options of a server in the help of a command that starts its own. `refuseServerOptions` refuses them. */
export function withOwnServer(command: Command): Command {
  const visibleGlobalOptions: Help['visibleGlobalOptions'] = (shown) =>
    Object.assign(new Help(), { showGlobalOptions: true })
      .visibleGlobalOptions(shown)
      .filter(({ long }) => long !== '--address' && long !== '--namespace');
  return command.configureHelp({ ...command.configureHelp(), visibleGlobalOptions });
}

/** @throws UsageError if an option of a server is given */
export function refuseServerOptions({ address, namespace }: GlobalOptions, command: string): void {
  if (address === undefined && namespace === undefined) return;
  const name = address === undefined ? '--namespace' : '--address';
  throw new UsageError(`${name} does not go with ${command}, which starts a server of its own`, `leave out ${name}`);
}

/** @returns the text of the examples below the help of a command */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ jobtrack ${line}`).join('\n')}`;
}
