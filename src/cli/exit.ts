import {
  InvalidFilterError,
  InvalidJobError,
  NotTrackedError,
  TrackingTerminatedError,
  UnreachableError,
} from '../client.ts';
import { messageOf } from '../client-library/grpc.ts';
import { ConfigError } from '../config/index.ts';
import type { CancelPhase, JobOutcome } from '../contract/index.ts';
import { ProvisionError } from '../embedded/chain.ts';
import { MissingPackagesError } from '../process/worker-packages.ts';
import { inputMessageOf } from './options/names.ts';

/**
 * The exit codes, which scripts rely on. `unwritten`: the answer could not be written, for instance on a full disk. `interrupted`: by
 * Ctrl-C, before the command was done. `unread`: the reader of stdout has gone; it is the shell's number for SIGPIPE.
 */
export const EXIT = {
  done: 0,
  endedOtherwise: 1,
  usage: 2,
  unreachable: 3,
  notTracked: 4,
  unwritten: 5,
  interrupted: 130,
  unread: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** @returns 0 only for a completed job. A job that was cancelled on request gives 1, because the caller waited for a result. */
export function exitOfOutcome(outcome: JobOutcome): ExitCode {
  return outcome.status === 'completed' ? EXIT.done : EXIT.endedOtherwise;
}

/** @returns 0: the request is stored, or has ended tracking; 1: the job goes on, or it had ended before */
export function exitOfCancel(phase: CancelPhase): ExitCode {
  switch (phase) {
    case 'requested':
    case 'accepted':
    case 'confirmed':
    case 'unsupported':
      return EXIT.done;
    case 'none': // the job had ended before the request
    case 'refused':
    case 'too-late':
      return EXIT.endedOtherwise;
    default:
      return phase satisfies never;
  }
}

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
  if (error instanceof MissingPackagesError) return failure(EXIT.usage, 'missing-packages');
  if (error instanceof UnreachableError) return failure(EXIT.unreachable, `${error.what}-unreachable`, error.hint);
  if (error instanceof ProvisionError) return failure(EXIT.unreachable, 'server-unavailable');
  if (error instanceof NotTrackedError) {
    const hint = 'check provider, id, queue type and account; to track the job, run: jobtrack track <provider> <jobId>';
    return failure(EXIT.notTracked, 'not-tracked', hint);
  }
  if (error instanceof TrackingTerminatedError) return failure(EXIT.endedOtherwise, 'tracking-terminated');
  return failure(EXIT.endedOtherwise, 'unexpected', 'set JOBTRACK_LOG_LEVEL=debug to see where this comes from');
}
