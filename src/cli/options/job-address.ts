import type { Command } from 'commander';
import type { JobRef } from '../../contract/index.ts';
import { checkedJobOf } from '../../client-library/options.ts';
import { PROVIDERS, traitsOf } from '../../contract/providers.ts';
import { UsageError } from '../failure.ts';

/** The options that name a job besides its provider and id. */
export interface AddressOptions {
  queueType?: string;
  account?: string;
}

/** Adds what every command on one job takes. */
export function withAddress(command: Command): Command {
  return withAddressOptions(
    command
      .argument('<provider|workflowId>', 'docswrite or deepwriter; or a workflow id, and then no job id')
      .argument('[jobId]', "the job's id at the provider"),
  );
}

export function withAddressOptions(command: Command): Command {
  return command
    .option(
      '--queue-type <type>',
      'Docswrite queue: post (site tokens) or publish (organisation keys); post if left out',
    )
    .option('--account <name>', "the name of the worker's credential; default if left out");
}

/** @returns a workflow id as text, or a job; whether it is tracked is for others to say. @throws UsageError, InvalidJobError */
export function addressOf([first = '', jobId]: readonly string[], options: AddressOptions): JobRef | string {
  if (jobId !== undefined) return jobOf(first, jobId, options);
  if (traitsOf(PROVIDERS, first) !== undefined) {
    throw new UsageError(
      `<jobId> is missing after ${first}`,
      `give the job's id, such as: ${first} ${EXAMPLE_IDS[first] ?? '42'}`,
    );
  }
  if (options.queueType !== undefined || options.account !== undefined) {
    throw new UsageError(
      'a workflow id already contains the queue type and the account',
      'leave out --queue-type and --account',
    );
  }
  return first;
}

/** Checked before anything is asked of a server: the person can correct it at once. @throws InvalidJobError */
export function jobOf(provider: string, jobId: string, { queueType, account }: AddressOptions): JobRef {
  return checkedJobOf({
    provider,
    jobId,
    ...(queueType === undefined ? {} : { queueType }),
    ...(account === undefined ? {} : { account }),
  });
}

const EXAMPLE_IDS: Record<string, string> = { deepwriter: '6ac3d1f2-8c1b-4f5e-9d55-0f3f6f3b7a10' };
