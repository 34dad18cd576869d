import { InvalidArgumentError } from 'commander';
import type { LimitOptions } from '../client.ts';
import { durationMs } from '../domain/duration.ts';

/** Readers of option values, for commander: what they throw names the option and ends the command as bad usage. */
export function durationValue(text: string): number {
  const ms = durationMs(text);
  if (ms === null) throw new InvalidArgumentError('It must be a duration such as 90s, 5m or 2h.');
  return ms;
}

export function countValue(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 100_000)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return count;
}

export function portValue(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be a port, 0 to 65535; 0 takes a free one.');
  return port;
}

/** Collects `--label key=value`. */
export function labelValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [key, value] = pairOf(text, 'key=value');
  return { ...before, [key]: value };
}

const LIMITS: Record<string, keyof LimitOptions> = {
  total: 'totalMs',
  queued: 'queuedMs',
  running: 'runningMs',
  stalled: 'stalledMs',
};

/** Collects `--limit total=2h`; `none` takes a limit away. */
export function limitValue(text: string, before: LimitOptions = {}): LimitOptions {
  const [name, value] = pairOf(text, 'total=2h');
  const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
  if (limit === undefined)
    throw new InvalidArgumentError(`It must begin with one of ${Object.keys(LIMITS).join(', ')}.`);
  return { ...before, [limit]: value === 'none' ? null : durationValue(value) };
}

function pairOf(text: string, example: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`It must look like ${example}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
