import type { InvalidFilterError, InvalidJobError } from '../../client.ts';
import { LIMIT_NAMES } from '../../contract/limits.ts';
import { sentenceOf } from '../../contract/problem.ts';
import { limitNameText } from '../views/text.ts';
import { PARAMETERS } from './providers.ts';

/** The option or argument for each field of an input or a filter. */
const TYPED = new Map(
  Object.entries({
    'job.provider': '<provider>',
    'job.jobId': '<jobId>',
    'job.account': '--account',
    ...Object.fromEntries(PARAMETERS.map(({ name, option }) => [`job.${name}`, option])),
    provider: '--provider',
    account: '--account',
    state: '--state',
    health: '--health',
    'polling.intervalMs': '--interval',
    'polling.minIntervalMs': '--interval',
    'polling.maxIntervalMs': '--max-interval',
    ...Object.fromEntries(LIMIT_NAMES.map((name) => [`limits.${name}`, `--limit ${limitNameText(name)}`])),
    'limits.onLimit': '--on-limit',
    labels: '--label',
    waitForMs: '--wait-for',
  }),
);

/** @returns the option or argument for a field; if there is none, the field itself */
export function typedNameOf(field: string): string {
  if (field.startsWith('labels.')) return `--label ${field.slice('labels.'.length)}`;
  return TYPED.get(field) ?? field;
}

/** @returns the problems of an input or a filter, with the typed options instead of the fields */
export function inputMessageOf({ message, problems }: InvalidJobError | InvalidFilterError): string {
  if (problems.length === 0) return message;
  return sentenceOf(problems.map(({ field, problem }) => ({ field: typedNameOf(field), problem })));
}
