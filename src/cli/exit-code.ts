import type { CancelPhase, JobOutcome } from '../contract/index.ts';

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
