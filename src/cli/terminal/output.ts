import { createLogUpdate } from 'log-update';
import type { Environment } from '../../config/index.ts';
import { oneLine } from '../../contract/text.ts';
import { maskKnown } from '../../process/masking.ts';
import type { Failure } from '../exit.ts';

/** The part of a stream that the command line needs. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** The streams of a command. */
export interface Streams {
  stdout: Sink;
  stderr: Sink;
}

/** The output of a command. With `--json`, stdout has only JSON, and everything else goes to stderr. */
export interface Output {
  readonly isJson: boolean;
  /** Prints the answer, or one of several answers. */
  answer: (value: unknown, text: string) => void;
  /** Prints what happens meanwhile: to stdout, but with `--json` to stderr. */
  say: (text: string) => void;
  /** Prints a remark to stderr. */
  note: (text: string) => void;
  /** Waits for work. If it takes more than 2 s, it prints a remark once. */
  noteIfSlow: <T>(text: string, work: () => Promise<T>) => Promise<T>;
  fail: (failure: Failure) => void;
  /** Prints formatted text, such as a help. */
  raw: { stdout: (text: string) => void; stderr: (text: string) => void };
  /** Opens a view that is painted again and again; null: with `--json`, or if stdout is not a suitable terminal. */
  live: () => Live | null;
}

const SLOW_MS = 2_000;

/** A view at the terminal that is painted again and again. */
export interface Live {
  paint: (text: string) => void;
  /** Ends the view. The last picture stays. */
  end: () => void;
}

/**
 * Creates the output of a command. It removes escape sequences and control characters from every text. Only the live view adds its own
 * afterwards.
 */
export function createOutput({ stdout, stderr }: Streams, isJson: boolean, env: Environment): Output {
  let clearLive: (() => void) | null = null;
  const write = (sink: Sink, text: string): void => {
    if (sink.isTTY === true) clearLive?.(); // the live view is painted again below the text
    sink.write(printable(text));
  };
  const line = (sink: Sink, text: string): void => write(sink, `${text}\n`);
  const json = (value: unknown): void => void stdout.write(`${jsonText(value)}\n`);
  const note = (text: string): void => line(stderr, text);
  return {
    isJson,
    answer: (value, text) => (isJson ? json(value) : line(stdout, text)),
    say: (text) => line(isJson ? stderr : stdout, text),
    note,
    noteIfSlow: async (text, work) => {
      const timer = setTimeout(note, SLOW_MS, text);
      try {
        return await work();
      } finally {
        clearTimeout(timer);
      }
    },
    fail: ({ code, message, hint }) => {
      if (isJson) json({ error: { code, message, hint } });
      else line(stderr, `error: ${marked(message)}${hint === null ? '' : `\n  hint: ${marked(hint)}`}`);
    },
    raw: { stdout: (text) => write(stdout, text), stderr: (text) => write(stderr, text) },
    live: () => {
      if (isJson || !canPaint(stdout, env)) return null;
      const paint = createLogUpdate(stdout as NodeJS.WriteStream);
      clearLive = () => paint.clear();
      const end = (): void => {
        clearLive = null;
        paint.done();
      };
      return { paint: (text) => paint(printable(text)), end };
    },
  };
}

/** A stream that masks every secret of the configuration. It is the last defence of I2. */
export function maskedSink(sink: Sink): Sink {
  return Object.create(sink, { write: { value: (text: string) => sink.write(maskKnown(text)) } }) as Sink;
}

/** Keeps line breaks, and removes all other invisible characters. */
function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** Marks continued lines, so that a line of a foreign text does not look like one of ours. */
function marked(text: string): string {
  return text.replaceAll(/\r?\n/g, '\n  | ');
}

/**
 * JSON with escapes for control and invisible characters, because it may be printed to a terminal. The value stays the same.
 * `JSON.stringify` itself escapes lone surrogates.
 */
function jsonText(value: unknown): string {
  const escaped = (unit: string): string => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    found.split('').map(escaped).join(''),
  );
}

/** Some terminals report no size. A view would be cut to nothing there. */
function canPaint({ isTTY, columns = 0, rows = 0 }: Sink, env: Environment): boolean {
  return isTTY === true && columns > 0 && rows > 0 && !wantsLines(env);
}

/** By convention: https://no-color.org, and the variable that every CI sets. */
function wantsLines({ TERM, NO_COLOR = '', CI = '' }: Environment): boolean {
  return TERM === 'dumb' || NO_COLOR !== '' || !['', '0', 'false'].includes(CI);
}
