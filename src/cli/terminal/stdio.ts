import { messageOf } from '../../client-library/grpc.ts';
import type { ExitCode } from '../exit-code.ts';
import { EXIT } from '../exit-code.ts';
import type { Streams } from './output.ts';

/** The streams of a process, which may fail while a command runs: a reader goes away, a disk is full. */
export interface Stdio extends Streams {
  /** Aborts once stdout takes no more; its reason is the stream's error. What only writes for a reader then ends. */
  readonly lost: AbortSignal;
  /** Waits until all that was written has left the process. @returns the exit code; another one if the answer could not be written */
  close: (exitCode: number) => Promise<number>;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'on' | 'isTTY' | 'columns' | 'rows'>;

/** Neither stream harms the other: what is lost on stderr is a remark, and only stdout carries the answer. */
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

/** A reader that goes away, as `head` does, has had enough: the command ends quietly, as by SIGPIPE. */
function endOf({ code }: NodeJS.ErrnoException): ExitCode {
  return code === 'EPIPE' ? EXIT.unread : EXIT.unwritten;
}

/** A pipe takes what its buffer holds, and the rest as it is read: `process.exit` would cut it off. */
function flushed(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
