import type { CancelPhase, JobOutcome } from '../contract/index.ts';

/**
 * What a script may rely on. `unwritten`: the answer could not be written, as on a full disk. `interrupted`: by Ctrl-C, before the
 * command was done. `unread`: the reader of stdout went away; the shell's number for SIGPIPE.
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

/** @returns 0 only for a job that did what was wanted; also a job cancelled on request is 1 for who waited for its result */
export function exitOfOutcome(outcome: JobOutcome): ExitCode {
  return outcome.status === 'completed' ? EXIT.done : EXIT.endedOtherwise;
}

/** @returns 0: the request stands, or tracking has ended by it; 1: the job goes on, or had ended before */
export function exitOfCancel(phase: CancelPhase): ExitCode {
  switch (phase) {
    case 'requested':
    case 'accepted':
    case 'confirmed':
    case 'unsupported':
      return EXIT.done;
    case 'none': // ended before anybody asked
    case 'refused':
    case 'too-late':
      return EXIT.endedOtherwise;
    default:
      return phase satisfies never;
  }
}
