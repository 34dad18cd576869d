import type { Json } from '../model.ts';

/** Time and number of an answer. Times are those that the service shows, ms since the epoch. */
export interface AnswerTime {
  nowMs: number;
  createdAtMs: number;
  /** The number of the answer of this job, from 1. */
  count: number;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const pad = (value: number): string => String(value).padStart(2, '0');

/** @param shape one of the three forms of RFC 9110, section 5.6.7: `imf`, `850` or `asctime` */
function httpDate(ms: number, shape: string): string {
  const date = new Date(ms);
  const imf = date.toUTCString();
  if (shape === 'imf') return imf;
  const [, day = '', month = '', year = '', time = ''] = imf.split(' ');
  if (shape === '850') return `${DAYS[date.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
  return `${imf.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2, ' ')} ${time} ${year}`;
}

const MARKERS: Record<string, (argument: string, time: AnswerTime) => Json> = {
  ms: (n, { createdAtMs }) => createdAtMs + Number(n),
  'ms-text': (n, { createdAtMs }) => String(createdAtMs + Number(n)),
  s: (n, { createdAtMs }) => Math.floor((createdAtMs + Number(n)) / 1000),
  iso: (n, { createdAtMs }) => new Date(createdAtMs + Number(n)).toISOString(),
  'iso-now': (n, { nowMs }) => new Date(nowMs + Number(n)).toISOString(),
  text: (n) => 'x'.repeat(Number(n)),
  count: (text, { count }) => `${text}${pad(count)}`,
  'date-imf': (n, { nowMs }) => httpDate(nowMs + Number(n), 'imf'),
  'date-850': (n, { nowMs }) => httpDate(nowMs + Number(n), '850'),
  'date-asctime': (n, { nowMs }) => httpDate(nowMs + Number(n), 'asctime'),
  'epoch-s': (n, { nowMs }) => String(Math.floor((nowMs + Number(n)) / 1000)),
  'epoch-ms': (n, { nowMs }) => String(nowMs + Number(n)),
};

/** Replaces each text `@name:argument` by its value, which is known only at the time of the answer, or is too large to store. */
export function fill(value: Json, time: AnswerTime): Json {
  if (typeof value === 'string') {
    const [, name = '', argument = ''] = /^@([a-z0-9-]+):([^]*)$/.exec(value) ?? [];
    return MARKERS[name]?.(argument, time) ?? value;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, time));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, time)]));
}

/** Writes JSON. `@raw:1e400` and `@nested:100000` become JSON that `JSON.stringify` cannot write. */
export function jsonText(value: Json): string {
  return JSON.stringify(value)
    .replace(/"@raw:((?:[^"\\]|\\.)*)"/g, (_all, raw: string) => JSON.parse(`"${raw}"`) as string)
    .replace(
      /"@nested:(\d+)"/g,
      (_all, levels: string) => `${'['.repeat(Number(levels))}${']'.repeat(Number(levels))}`,
    );
}
