import { type JobProgress, type OptionNotTaken, optionsNotTaken, type TrackOptions } from '../../client.ts';
import { typedNameOf } from '../options/names.ts';
import { limitText, plain } from './text.ts';

/** OptionNotTaken with the typed option, such as `--limit total`. */
export interface TypedOptionNotTaken extends OptionNotTaken {
  option: string;
}

/** @returns the options without effect; null: not known, because no worker has answered for a job that was tracked before */
export function typedNotTaken(
  { attached, planned }: { attached: boolean; planned: JobProgress | null },
  asked: TrackOptions,
): TypedOptionNotTaken[] | null {
  const { polling, limits, labels } = asked;
  if (polling === undefined && limits === undefined && labels === undefined) return [];
  const found = planned === null ? null : optionsNotTaken(planned, asked);
  if (found === null) return attached ? null : [];
  return found.map((each) => ({ option: typedOf(each), ...each }));
}

function typedOf({ field, asked }: OptionNotTaken): string {
  if (field === 'polling.mode') return asked === 'fixed' ? '--interval' : '--max-interval';
  return typedNameOf(field);
}

/** @returns a warning about options without effect; null: there are none */
export function notTakenText(
  notTaken: readonly TypedOptionNotTaken[] | null,
  { workflowId, ended }: { workflowId: string; ended: boolean },
): string | null {
  if (notTaken === null)
    return 'warning: the job was tracked before, and it may not have taken these options; to see that, run this again when a worker runs';
  if (notTaken.length === 0) return null;
  const how = ended ? 'tracking of this job has ended' : 'the job was tracked before';
  const limits = notTaken.filter(({ field }) => field.startsWith('limits.')).map(typedText);
  const command = `change its limits by: jobtrack set-limits ${inShell(workflowId)} ${limits.join(' ')}`;
  const advice = ended ? ['--again tracks the job again'] : limits.length === 0 ? [] : [command];
  const lines = [...notTaken.map(lineOf), ...advice].map((line) => `\n  ${line}`);
  return `warning: ${how}, and it did not take these options:${lines.join('')}`;
}

function lineOf(one: TypedOptionNotTaken): string {
  const { field, holds } = one;
  if (field === 'polling.mode') return `${one.option}: polling stays ${valueText(one, holds)}`;
  if (field.startsWith('labels.') && holds === null) return `${typedText(one)}: there is no such label`;
  return `${typedText(one)}: it stays ${valueText(one, holds)}`;
}

function typedText(one: TypedOptionNotTaken): string {
  const joint = /^--(?:limit|label) /.test(one.option) ? '=' : ' ';
  return `${one.option}${joint}${valueText(one, one.asked)}`;
}

function valueText({ field }: OptionNotTaken, value: unknown): string {
  if (typeof value === 'number') return limitText(value);
  if (value === null) return field.startsWith('limits.') ? limitText(null) : 'unknown';
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}

function inShell(text: string): string {
  return /^[\w:.%~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
