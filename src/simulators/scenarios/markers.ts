import type { Json } from '../model.ts';

/** All times are as the service shows them, epoch ms. */
export interface Moment {
  nowMs: number;
  createdAtMs: number;
  /** Which answer of the job this is, from 1. */
  count: number;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const pad = (value: number): string => String(value).padStart(2, '0');

/** The three shapes of RFC 9110 section 5.6.7: `imf`, `850` and `asctime`. */
function httpDate(ms: number, shape: string): string {
  const date = new Date(ms);
  const imf = date.toUTCString();
  if (shape === 'imf') return imf;
  const [, day = '', month = '', year = '', time = ''] = imf.split(' ');
  if (shape === '850') return `${DAYS[date.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
  return `${imf.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2, ' ')} ${time} ${year}`;
}

const MARKERS: Record<string, (argument: string, moment: Moment) => Json> = {
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

/** A text of the form `@name:argument` stands for what is known only when the answer is given, or is too large to keep. */
export function fill(value: Json, moment: Moment): Json {
  if (typeof value === 'string') {
    const [, name = '', argument = ''] = /^@([a-z0-9-]+):([^]*)$/.exec(value) ?? [];
    return MARKERS[name]?.(argument, moment) ?? value;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, moment));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, moment)]));
}

/** Writes JSON; `@raw:1e400` and `@nested:100000` become what no JavaScript value can say, or no JSON writer will. */
export function jsonText(value: Json): string {
  return JSON.stringify(value)
    .replace(/"@raw:((?:[^"\\]|\\.)*)"/g, (_all, raw: string) => JSON.parse(`"${raw}"`) as string)
    .replace(
      /"@nested:(\d+)"/g,
      (_all, levels: string) => `${'['.repeat(Number(levels))}${']'.repeat(Number(levels))}`,
    );
}
