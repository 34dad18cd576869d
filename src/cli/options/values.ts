import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LimitOptions } from '../../client.ts';
import { durationMs, exactDurationText } from '../../contract/duration.ts';
import { MAX_INTERVAL_MS, MIN_INTERVAL_MS } from '../../contract/input.ts';
import { LIMIT_NAMES, MAX_LIMIT_MS, MIN_LIMIT_MS } from '../../contract/limits.ts';
import { limitNameText } from '../views/text.ts';

const MAX_COUNT = 100_000;

// Readers of option values. Commander adds the option to their errors, and ends the command as wrong usage.

/** @returns a reader of durations within the range. It refuses a number without a unit, which may mean seconds or ms. */
export function durationWithin({ minMs, maxMs }: { minMs: number; maxMs: number }): (text: string) => number {
  return (text) => {
    const ms = durationMs(text);
    if (ms === null) throw new InvalidArgumentError(howToWrite(text.trim()));
    if (ms < minMs || ms > maxMs) {
      const [least, most] = [minMs, maxMs].map(exactDurationText);
      throw new InvalidArgumentError(`It must be from ${least} to ${most}.`);
    }
    return ms;
  };
}

function howToWrite(text: string): string {
  if (!/^\d+(\.\d+)?$/.test(text)) return 'It must be a duration such as 90s, 5m or 2h.';
  const inSeconds = Number(text) * 1_000;
  const ways = new Set([`${text}s`, exactDurationText(inSeconds)]);
  return `It needs a unit, such as ${[...ways].join(' or ')}.`;
}

export const intervalValue = durationWithin({ minMs: MIN_INTERVAL_MS, maxMs: MAX_INTERVAL_MS });
const limitDuration = durationWithin({ minMs: MIN_LIMIT_MS, maxMs: MAX_LIMIT_MS });

/** @returns a count; infinity for `all` */
export function countOrAllValue(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MAX_COUNT)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_COUNT}, or all.`);
  return count;
}

export function portValue(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be a port from 0 to 65535; 0 means a free one.');
  return port;
}

/** Collects `--label key=value`. */
export function labelValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [key, value] = pairOf(text, 'key=value');
  return { ...before, [key]: value };
}

const LIMITS = new Map(LIMIT_NAMES.map((name) => [limitNameText(name), name] as const));

/** Collects `--limit total=2h`. `none` removes a limit. */
export function limitValue(text: string, before: LimitOptions = {}): LimitOptions {
  const [name, value] = pairOf(text, 'total=2h');
  const limit = LIMITS.get(name);
  if (limit === undefined)
    throw new InvalidArgumentError(`It must begin with one of ${[...LIMITS.keys()].join(', ')}.`);
  return { ...before, [limit]: value === 'none' ? null : limitDuration(value) };
}

function pairOf(text: string, example: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`It must look like ${example}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The options for limits. */
export interface LimitCommandOptions {
  limit?: LimitOptions;
  onLimit?: LimitOptions['onLimit'];
}

export function withLimitOptions(command: Command): Command {
  return command
    .option('--limit <name=duration>', 'total, queued, running or stalled=2h, or =none; may be repeated', limitValue)
    .addOption(new Option('--on-limit <what>', 'what a passed limit does').choices(['stop', 'cancel', 'alert']));
}

/** @returns undefined: no limit is given */
export function limitsOf({ limit, onLimit }: LimitCommandOptions): LimitOptions | undefined {
  return limit === undefined && onLimit === undefined ? undefined : { ...limit, onLimit };
}
