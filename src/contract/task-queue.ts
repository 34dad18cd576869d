/**
 * So short that the queues derived from it, of a provider and an account of 40 characters each, are within what Temporal's SQL stores
 * keep of a name, with what the server writes around it for a partition of the queue (`/_sys/…/3`).
 */
export const TASK_QUEUE = /^(?!\/_sys\/)[\u0021-\u007e]{1,150}$/;

export const TASK_QUEUE_PROBLEM =
  'must be 1 to 150 printable ASCII characters without spaces, and not begin with /_sys/';

export const DEFAULT_TASK_QUEUE = 'job-tracker';

/** The queue of one account's status activities, beside the queue of the workflows. */
export function statusQueueOf(taskQueue: string, provider: string, account: string): string {
  return `${taskQueue}/${provider}/${account}`;
}

/** The queue of one account's cancel activities: a cancel never waits behind polls. */
export function cancelQueueOf(taskQueue: string, provider: string, account: string): string {
  return `${statusQueueOf(taskQueue, provider, account)}/cancel`;
}
