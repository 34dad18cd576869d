import type { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { withCleanUp } from '../process/clean-up.ts';
import { startTracing } from '../process/tracing.ts';
import type { ExitCode } from './exit.ts';
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

/** Runs the act with traces, if the environment asks for them, and sends the last spans. @throws ConfigError if a package is missing */
export function traced<Options>(act: Act<Options>): Act<Options> {
  return async (context, options, args) => {
    const tracing = await startTracing(context.env, context.output.note);
    return withCleanUp(() => act(context, options, args), tracing.stop);
  };
}

export function contextOf(env: Environment, output: Output, lost: AbortSignal): CommandContext {
  let interruption: Interruption | null = null;
  return { env, output, interruption: () => (interruption ??= listenForInterruption(output.note, lost)) };
}

/** @returns the arguments of `addHelpText` for examples below the help of a command */
export function examples(...lines: string[]): ['after', string] {
  return ['after', `\nExamples:\n${lines.map((line) => `  $ jobtrack ${line}`).join('\n')}`];
}
