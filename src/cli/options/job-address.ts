import type { Command } from 'commander';
import type { JobRef } from '../../contract/index.ts';
import { checkedJobOf } from '../../client-library/options.ts';
import { traitsOf } from '../../contract/providers.ts';
import { PROVIDERS } from '../../providers/registry/traits.ts';
import { UsageError } from '../exit.ts';
import { listText } from '../views/text.ts';
import { exampleJobAt, PARAMETERS, PROVIDER_NAMES } from './providers.ts';

/** The options that name a job, besides its provider and id. */
export interface AddressOptions {
  account?: string;
  /** The parameters of the providers, such as `paperSize`. */
  [parameter: string]: unknown;
}

const OPTIONS: readonly string[] = [...PARAMETERS.map(({ name }) => name), 'account'];

/** Adds the arguments and options of every command on one job. */
export function withAddress(command: Command): Command {
  return withAddressOptions(
    command
      .argument('<provider|workflowId>', `${PROVIDER_NAMES}; or a workflow id, and then no job id`)
      .argument('[jobId]', "the job's id at the provider"),
  );
}

export function withAddressOptions(command: Command): Command {
  for (const { option, words, description } of PARAMETERS)
    command.option(`${option} <${words.split(' ').at(-1)}>`, description);
  return command.option('--account <name>', "the name of the worker's credential; default if left out");
}

/** @returns a workflow id, or a job. It is not checked whether the job is tracked. @throws UsageError, InvalidJobError */
export function addressOf([first = '', jobId]: readonly string[], options: AddressOptions): JobRef | string {
  if (jobId !== undefined) return jobOf(first, jobId, options);
  const traits = traitsOf(PROVIDERS, first);
  if (traits !== undefined) {
    throw new UsageError(`<jobId> is missing after ${first}`, `give the job's id, such as: ${exampleJobAt(traits)}`);
  }
  if (OPTIONS.some((name) => options[name] !== undefined)) {
    const words = [...PARAMETERS.map((parameter) => parameter.words), 'account'].map((word) => `the ${word}`);
    const typed = [...PARAMETERS.map(({ option }) => option), '--account'];
    throw new UsageError(
      `a workflow id already contains ${listText(words, 'and')}`,
      `leave out ${listText(typed, 'and')}`,
    );
  }
  return first;
}

/** Checks a job before any call to the server, so that a person gets the problem at once. @throws InvalidJobError */
export function jobOf(provider: string, jobId: string, options: AddressOptions): JobRef {
  const given = Object.fromEntries(OPTIONS.map((name) => [name, options[name]])) as Partial<JobRef>;
  return checkedJobOf({ ...given, provider, jobId });
}
