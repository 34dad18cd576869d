import { type Command, Option } from 'commander';
import type { LimitOptions } from '../../client.ts';
import { limitValue } from './values.ts';

/** The options for limits. */
export interface LimitCommandOptions {
  limit?: LimitOptions;
  onLimit?: 'stop' | 'cancel' | 'alert';
}

export function withLimitOptions(command: Command): Command {
  return command
    .option('--limit <name=duration>', 'total, queued, running or stalled=2h, or =none; may be repeated', limitValue)
    .addOption(new Option('--on-limit <what>', 'what a passed limit does').choices(['stop', 'cancel', 'alert']));
}

export function limitsOf({ limit, onLimit }: LimitCommandOptions): LimitOptions {
  return { ...limit, ...(onLimit === undefined ? {} : { onLimit }) };
}
