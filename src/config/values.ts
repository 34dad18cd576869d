import { isIP } from 'node:net';
import { z } from 'zod';
import type { Problem } from '../contract/problem.ts';

/** Cancels reserve four requests a minute. With a smaller budget than 5, nothing would be left for polls. */
export const BUDGET = { min: 5, max: 1_000_000, unit: 'requests per minute' };

// Each schema has its own messages, because those of zod may quote the value.

/** The path of a file. It is not opened here. */
export const filePath = z.string().min(1, 'must be the path of a file');

/** Text that is a whole number within bounds. */
export function whole({ min, max, unit }: { min: number; max: number; unit: string }): z.ZodType<number, string> {
  const problem = `must be a whole number of ${unit} from ${min} to ${max}`;
  const isWithin = (value: number): boolean => value >= min && value <= max;
  return z
    .string()
    .regex(/^\d{1,15}$/, problem)
    .transform(Number)
    .refine(isWithin, problem);
}

/** One of the given words, in upper or lower case. */
export function word<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return z
    .string()
    .toLowerCase()
    .pipe(z.enum(words, { error: `must be ${words.join(' or ')}` }));
}

/** JSON of an object. Problems name only known fields, because an unknown one may be a pasted secret. */
export function json<Value>(
  problemsOf: (value: unknown, at: string) => Problem[],
  fields: readonly string[],
): z.ZodType<Value, string> {
  const unknown = `has a field that is not known: known are ${fields.join(', ')}`;
  const textOf = ({ field, problem }: Problem): string => {
    const key = field.slice('json.'.length);
    if (field === 'json') return `must be a JSON object of ${fields.join(', ')}`;
    return fields.includes(key) ? `${key} ${problem}` : unknown;
  };
  return z.string().transform((text, context) => {
    const value = parsedJson(text);
    const problems =
      value === undefined || value === null ? ['must be valid JSON'] : problemsOf(value, 'json').map(textOf);
    for (const problem of new Set(problems)) context.addIssue(problem);
    return value as Value;
  });
}

/** @returns undefined if the text is not JSON. It does not throw, because the parser's error would quote the text. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The base URL of a service, without a trailing slash or `/api`. The rules are those of providers/account.ts; a test compares them. */
export const baseUrl = z.string({ error: 'must be text' }).transform((given, context) => {
  const text = given.trim();
  const url = URL.canParse(text) ? new URL(text) : null;
  const problem = url === null ? 'must be a URL, such as https://api.example.com' : urlProblem(url, text);
  if (url === null || problem !== null) {
    context.addIssue(problem ?? '');
    return z.NEVER;
  }
  // People paste an address that ends in `/api`, but the adapters' paths begin with it.
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api$/, '');
  return `${url.origin}${path.replace(/\/+$/, '')}`;
});

function urlProblem(url: URL, text: string): string | null {
  if (url.username !== '' || url.password !== '') return 'must not hold a user or password';
  // Searched in the text, because an empty query or fragment disappears when the URL is parsed.
  if (/[?#]/.test(text)) return 'must not hold a query or fragment';
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback);
  return isSafe ? null : 'must begin with https:// (http:// is for loopback only)';
}

const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/;

function hostOf(text: string): string | null {
  const [, host, port] = HOST_AND_PORT.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535 ? null : host.replace(/^\[|\]$/g, '');
}

/** `host:port` to listen at. */
export const address = z.string().refine((text) => hostOf(text) !== null, 'must be host:port, such as 0.0.0.0:8080');

/** `ip:port` to listen at. The SDK's exporter does not resolve names. */
export const ipAddress = z
  .string()
  .transform((text) => text.replace(/^localhost:/i, '127.0.0.1:'))
  .refine((text) => isIP(hostOf(text) ?? '') !== 0, 'must be ip:port, such as 0.0.0.0:9464');

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d{1,5})?$/;

/** A list of hosts, each with or without a port. Commas separate them. */
export const hosts = z.string().transform((text, context) => {
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  if (given.every((name) => HOST.test(name))) return given;
  context.addIssue(
    'must be hosts such as api.example.com or localhost:8080, with commas between, without a scheme or path',
  );
  return z.NEVER;
});
