import { messageOf } from '../../client-library/grpc.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Streams } from './output.ts';

/** The streams of a process. They may fail while a command runs: the reader goes away, or a disk is full. */
export interface Stdio extends Streams {
  /** Aborts when stdout cannot be written any more, with the stream's error as its reason. */
  readonly lost: AbortSignal;
  /** Waits until all output has left the process. @returns the given exit code, or another one if the answer could not be written */
  close: (exitCode: number) => Promise<number>;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'on' | 'isTTY' | 'columns' | 'rows'>;

/** Opens the streams. An error of stderr is ignored, because it has only remarks. */
export function openStdio({ stdout, stderr }: { stdout: Stream; stderr: Stream }): Stdio {
  const lost = new AbortController();
  stdout.on('error', (error: Error) => lost.abort(error));
  stderr.on('error', () => undefined);
  return {
    stdout,
    stderr,
    lost: lost.signal,
    close: async (exitCode) => {
      await flushed(stdout);
      const ended = lost.signal.aborted ? endOf(lost.signal.reason as NodeJS.ErrnoException) : exitCode;
      if (ended === EXIT.unwritten) stderr.write(`error: cannot write to stdout: ${messageOf(lost.signal.reason)}\n`);
      await flushed(stderr);
      return ended;
    },
  };
}

/** If the reader goes away, as `head` does, the command ends without a message, as by SIGPIPE. */
function endOf({ code }: NodeJS.ErrnoException): ExitCode {
  return code === 'EPIPE' ? EXIT.unread : EXIT.unwritten;
}

/** `process.exit` would drop what the reader of a pipe has not read yet. */
function flushed(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
