import {
  InvalidFilterError,
  InvalidJobError,
  NotTrackedError,
  TrackingTerminatedError,
  UnreachableError,
} from '../client.ts';
import { messageOf } from '../client-library/grpc.ts';
import { ConfigError } from '../config/index.ts';
import { ProvisionError } from '../embedded/chain.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { inputMessageOf } from './options/names.ts';

/** What a failed command prints: what happened, why, and what to do. `hint` null: there is nothing to do. */
export interface Failure {
  exitCode: ExitCode;
  code: string;
  message: string;
  hint: string | null;
}

/** The command cannot do its work, because something is missing or wrong. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly facts: Omit<Failure, 'message'>;

  constructor(
    message: string,
    facts: { code: string; exitCode: ExitCode; hint?: string | null },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.facts = { hint: null, ...facts };
  }
}

/** The command line is wrong. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';

  constructor(message: string, hint: string | null = null) {
    super(message, { code: 'usage', exitCode: EXIT.usage, hint });
  }
}

/** A person stopped the command. */
export class InterruptedError extends CommandError {
  override readonly name = 'InterruptedError';

  constructor(message = 'stopped before the end; tracking of the job goes on') {
    super(message, { code: 'interrupted', exitCode: EXIT.interrupted });
  }
}

/** What to do about a wrong configuration. */
export const CONFIGURATION_HINT = 'correct the environment variables; docs/operations.md explains each';

/** @returns exit code, code and texts of an error. This is the only table of them. */
export function failureOf(error: unknown): Failure {
  const isInput = error instanceof InvalidJobError || error instanceof InvalidFilterError;
  const message = isInput ? inputMessageOf(error) : messageOf(error) || 'an error without a message';
  const failure = (exitCode: ExitCode, code: string, hint: string | null = null) => ({ exitCode, code, message, hint });
  if (error instanceof CommandError) return { ...error.facts, message };
  if (isInput) return failure(EXIT.usage, error instanceof InvalidJobError ? 'invalid-job' : 'invalid-filter');
  if (error instanceof ConfigError) return failure(EXIT.usage, 'bad-configuration', CONFIGURATION_HINT);
  if (error instanceof UnreachableError) return failure(EXIT.unreachable, `${error.what}-unreachable`, error.hint);
  if (error instanceof ProvisionError) return failure(EXIT.unreachable, 'server-unavailable');
  if (error instanceof NotTrackedError) {
    const hint = 'check provider, id, queue type and account; to track the job, run: jobtrack track <provider> <jobId>';
    return failure(EXIT.notTracked, 'not-tracked', hint);
  }
  if (error instanceof TrackingTerminatedError) return failure(EXIT.endedOtherwise, 'tracking-terminated');
  return failure(EXIT.endedOtherwise, 'unexpected', 'set JOBTRACK_LOG_LEVEL=debug to see where this comes from');
}
