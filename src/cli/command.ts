import type { Command } from 'commander';
import { Help } from 'commander';
import type { Environment } from '../config/index.ts';
import type { ExitCode } from './exit-code.ts';
import { UsageError } from './failure.ts';
import type { Interruption } from './interruption.ts';
import { listenForInterruption } from './interruption.ts';
import type { Output } from './terminal/output.ts';

/** What every command is given. */
export interface CommandContext {
  readonly env: Environment;
  readonly output: Output;
  /** Takes Ctrl-C over, for a command that has something to clean up; without it a Ctrl-C just ends the process. */
  readonly interruption: () => Interruption;
}

/** Options that every command takes. */
export interface GlobalOptions {
  json?: boolean;
  address?: string;
  namespace?: string;
}

export type Act<Options> = (
  context: CommandContext,
  options: Options & GlobalOptions,
  args: string[],
) => Promise<ExitCode>;

/** Makes an act what commander calls. */
export type Runner = <Options>(act: Act<Options>) => (...given: unknown[]) => Promise<void>;

/** @param told takes the exit code of the one command that runs */
export function createRunner(context: CommandContext, told: (exitCode: ExitCode) => void): Runner {
  return (act) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      told(await act(context, command.optsWithGlobals(), command.args));
    };
}

export function contextOf(env: Environment, output: Output, lost: AbortSignal): CommandContext {
  let interruption: Interruption | null = null;
  return { env, output, interruption: () => (interruption ??= listenForInterruption(output.note, lost)) };
}

/** A command with a server of its own takes no other one's address, and its help names none. `refuseServerOptions` refuses it. */
export function withOwnServer(command: Command): Command {
  const visibleGlobalOptions: Help['visibleGlobalOptions'] = (shown) =>
    Object.assign(new Help(), { showGlobalOptions: true })
      .visibleGlobalOptions(shown)
      .filter(({ long }) => long !== '--address' && long !== '--namespace');
  return command.configureHelp({ ...command.configureHelp(), visibleGlobalOptions });
}

export function refuseServerOptions({ address, namespace }: GlobalOptions, command: string): void {
  if (address === undefined && namespace === undefined) return;
  const name = address === undefined ? '--namespace' : '--address';
  throw new UsageError(`${name} does not go with ${command}, which starts a server of its own`, `leave out ${name}`);
}

/** Examples below a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ jobtrack ${line}`).join('\n')}`;
}
