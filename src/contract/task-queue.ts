import { NAME, NAME_PROBLEM } from './name.ts';

/**
 * The format of the task queue. It is short enough for the queues derived from it: with provider and account of 40 characters each, and
 * with the server's own name of a partition (`/_sys/…/3`), they fit into Temporal's SQL stores.
 */
export const TASK_QUEUE = /^(?!\/_sys\/)[\u0021-\u007e]{1,150}$/;

export const TASK_QUEUE_PROBLEM =
  'must be 1 to 150 printable ASCII characters without spaces, and not begin with /_sys/';

/** The pool of an account that names none. A pool is a set of workers with the same accounts. */
export const DEFAULT_POOL = 'shared';

/** The format of a pool's name. */
export const POOL = NAME;
export const POOL_PROBLEM = NAME_PROBLEM;

/** The task queue of the workflows, if the configuration names none. */
export const DEFAULT_TASK_QUEUE = 'job-tracker';

/** @returns the task queue of one account's status activities */
export function statusQueueOf(taskQueue: string, provider: string, account: string): string {
  return `${taskQueue}/${provider}/${account}`;
}

/** @returns the task queue of one account's cancel activities. It is another queue, so that a cancel never waits behind polls. */
export function cancelQueueOf(taskQueue: string, provider: string, account: string): string {
  return `${statusQueueOf(taskQueue, provider, account)}/cancel`;
}
