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

/** The command line is wrong. `hint`: what to type instead; null: nothing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}

/** A person stopped the command. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** The command cannot do its work, because something is missing or wrong. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: string;
  readonly hint: string | null;
  readonly exitCode: ExitCode;

  constructor(message: string, facts: { code: string; exitCode: ExitCode; hint?: string }, options?: ErrorOptions) {
    super(message, options);
    this.code = facts.code;
    this.exitCode = facts.exitCode;
    this.hint = facts.hint ?? null;
  }
}

/** What a failed command prints: what happened, why, and what to do. */
export interface Failure {
  exitCode: ExitCode;
  code: string;
  message: string;
  hint: string | null;
}

/** @returns exit code, code and texts of an error. This is the only table of them. */
export function failureOf(error: unknown): Failure {
  const message = messageOf(error);
  if (error instanceof CommandError) return { exitCode: error.exitCode, code: error.code, message, hint: error.hint };
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: 'usage', message, hint: error.hint };
  if (error instanceof InvalidJobError)
    return { exitCode: EXIT.usage, code: 'invalid-job', message: inputMessageOf(error), hint: null };
  if (error instanceof InvalidFilterError)
    return { exitCode: EXIT.usage, code: 'invalid-filter', message: inputMessageOf(error), hint: null };
  if (error instanceof ConfigError) {
    const hint = 'correct the environment variables; docs/operations.md explains each';
    return { exitCode: EXIT.usage, code: 'bad-configuration', message, hint };
  }
  if (error instanceof UnreachableError) {
    return { exitCode: EXIT.unreachable, code: `${error.what}-unreachable`, message, hint: error.hint };
  }
  if (error instanceof ProvisionError)
    return { exitCode: EXIT.unreachable, code: 'server-unavailable', message, hint: null };
  if (error instanceof NotTrackedError) {
    const hint = 'check provider, id, queue type and account; to track the job, run: jobtrack track <provider> <jobId>';
    return { exitCode: EXIT.notTracked, code: 'not-tracked', message, hint };
  }
  if (error instanceof TrackingTerminatedError) {
    return { exitCode: EXIT.endedOtherwise, code: 'tracking-terminated', message, hint: null };
  }
  if (error instanceof InterruptedError)
    return { exitCode: EXIT.interrupted, code: 'interrupted', message, hint: null };
  const hint = 'set JOBTRACK_LOG_LEVEL=debug to see where this comes from';
  return {
    exitCode: EXIT.endedOtherwise,
    code: 'unexpected',
    message: message || 'an error without a message',
    hint,
  };
}
