import { createLogUpdate } from 'log-update';
import type { Failure } from './failure.ts';

/** What the command line needs of a stream. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Where a command's words go: with --json stdout carries JSON alone, and all else goes to stderr. */
export interface Output {
  readonly isJson: boolean;
  /** The answer, or one item of a stream of answers. */
  answer: (value: unknown, text: string) => void;
  /** What happens meanwhile; part of the answer for people, not for machines. */
  tell: (text: string) => void;
  /** A remark beside the answer. */
  note: (text: string) => void;
  fail: (failure: Failure) => void;
  /** A view that is painted over at the terminal; null: there is no terminal to paint at. */
  live: () => Live | null;
}

export interface Live {
  paint: (text: string) => void;
  /** Leaves what was painted last. */
  end: () => void;
}

export function createOutput(streams: { stdout: Sink; stderr: Sink }, isJson: boolean): Output {
  const { stdout, stderr } = streams;
  const said = isJson ? stderr : stdout;
  const line = (sink: Sink, text: string): void => void sink.write(`${text}\n`);
  return {
    isJson,
    answer: (value, text) => line(stdout, isJson ? JSON.stringify(value) : text),
    tell: (text) => line(said, text),
    note: (text) => line(stderr, text),
    fail: ({ code, message, hint }) => {
      if (isJson) line(stdout, JSON.stringify({ error: { code, message, hint } }));
      else line(stderr, `error: ${message}${hint === null ? '' : `\n  hint: ${hint}`}`);
    },
    live: () => (canPaint(said) ? liveAt(said) : null),
  };
}

/** Some terminals say that they have no size: a view cut to nothing would show nothing. */
function canPaint({ isTTY, columns = 0, rows = 0 }: Sink): boolean {
  return isTTY === true && columns > 0 && rows > 0;
}

function liveAt(sink: Sink): Live {
  const paint = createLogUpdate(sink as NodeJS.WriteStream);
  return { paint, end: () => paint.done() };
}
