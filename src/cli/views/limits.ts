import type { Limits } from '../../client.ts';
import { exactDurationText } from '../../contract/duration.ts';
import { plain } from './text.ts';

/** @returns a limit in the form of the option: `2h`, or `none` */
export function limitText(limit: number | null): string {
  return limit === null ? 'none' : exactDurationText(limit);
}

/** @returns all limits in the form of the options, such as `total=2h queued=none running=none stalled=30m, on-limit stop` */
export function limitsText({ totalMs, queuedMs, runningMs, stalledMs, onLimit }: Limits): string {
  const limits = { total: totalMs, queued: queuedMs, running: runningMs, stalled: stalledMs };
  const texts = Object.entries(limits).map(([name, limit]) => `${name}=${limitText(limit)}`);
  return `${texts.join(' ')}, on-limit ${plain(onLimit)}`;
}
