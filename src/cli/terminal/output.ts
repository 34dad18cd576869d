import { createLogUpdate } from 'log-update';
import type { Environment } from '../../config/index.ts';
import { oneLine } from '../../contract/text.ts';
import type { Failure } from '../failure.ts';

/** What the command line needs of a stream. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Streams {
  stdout: Sink;
  stderr: Sink;
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
  /** Text that is laid out already, such as a help. */
  raw: { stdout: (text: string) => void; stderr: (text: string) => void };
  /** A view that is painted over at the terminal; null: answers go elsewhere, as JSON, or to a terminal that cannot be painted at. */
  live: () => Live | null;
}

export interface Live {
  paint: (text: string) => void;
  /** Leaves what was painted last. */
  end: () => void;
}

/**
 * Makes the one writer of all that a command says: whatever text comes, no escape sequence and no control character of it reaches a
 * stream. Only what paints the live view adds some, behind it.
 */
export function createOutput({ stdout, stderr }: Streams, isJson: boolean, env: Environment): Output {
  const painted: { clear: (() => void) | null } = { clear: null };
  const write = (sink: Sink, text: string): void => {
    if (sink.isTTY === true) painted.clear?.(); // the next paint comes below
    sink.write(printable(text));
  };
  const line = (sink: Sink, text: string): void => write(sink, `${text}\n`);
  const json = (value: unknown): void => void stdout.write(`${jsonText(value)}\n`);
  const said = isJson ? stderr : stdout;
  return {
    isJson,
    answer: (value, text) => (isJson ? json(value) : line(stdout, text)),
    tell: (text) => line(said, text),
    note: (text) => line(stderr, text),
    fail: ({ code, message, hint }) => {
      if (isJson) json({ error: { code, message, hint } });
      else line(stderr, `error: ${marked(message)}${hint === null ? '' : `\n  hint: ${marked(hint)}`}`);
    },
    raw: { stdout: (text) => write(stdout, text), stderr: (text) => write(stderr, text) },
    live: () => (!isJson && canPaint(stdout, env) ? liveAt(stdout, painted) : null),
  };
}

/** Its lines stay lines; all else that is no character to be seen goes. */
function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** A line end in a foreign text must not make it look like a line of ours. */
function marked(text: string): string {
  return text.replaceAll(/\r?\n/g, '\n  | ');
}

/**
 * The same JSON value as ever, but where a character controls a terminal or cannot be seen its escape stands: a person may look at it.
 * Half a surrogate pair is escaped by JSON.stringify itself.
 */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    Array.from(
      { length: found.length },
      (_, at) => String.raw`\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Some terminals say that they have no size: a view cut to nothing would show nothing. */
function canPaint({ isTTY, columns = 0, rows = 0 }: Sink, env: Environment): boolean {
  return isTTY === true && columns > 0 && rows > 0 && !wantsLines(env);
}

/** By the customs of terminals: https://no-color.org, and what every CI sets. */
function wantsLines({ TERM, NO_COLOR = '', CI = '' }: Environment): boolean {
  return TERM === 'dumb' || NO_COLOR !== '' || !['', '0', 'false'].includes(CI);
}

function liveAt(sink: Sink, painted: { clear: (() => void) | null }): Live {
  const paint = createLogUpdate(sink as NodeJS.WriteStream);
  painted.clear = () => paint.clear();
  const end = (): void => {
    painted.clear = null;
    paint.done();
  };
  return { paint: (text) => paint(printable(text)), end };
}
