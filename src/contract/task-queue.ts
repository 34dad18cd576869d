import { hashOf } from './hash.ts';
import { isRecord } from './json.ts';
import { isName, NAME, NAME_PROBLEM } from './name.ts';

/**
 * The format of the task queue. It is short enough for the queues derived from it: with a pool of 40 characters, and with the server's own
 * name of a partition (`/_sys/…/3`), they fit into Temporal's SQL stores.
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

/** @returns the task queue of the status activities of a pool */
export function statusQueueOf(taskQueue: string, pool: string): string {
  return `${taskQueue}/${pool}/status`;
}

/** @returns the task queue of the cancel activities of a pool. It is another queue, so that a cancel never waits behind polls. */
export function cancelQueueOf(taskQueue: string, pool: string): string {
  return `${taskQueue}/${pool}/cancel`;
}

/** Temporal's limit. Longer keys fail the workflow task. */
const FAIRNESS_KEY_BYTES = 64;

/**
 * @param provider, account: at most 200 printable ASCII characters each
 * @returns the fairness key of an account: `<provider>/<account>`. Of a name that is too long, the end becomes a hash. At most 64 bytes
 */
export function fairnessKeyOf(provider: string, account: string): string {
  const key = `${provider}/${account}`;
  if (key.length <= FAIRNESS_KEY_BYTES) return key;
  const hash = hashOf(key).toString(16).padStart(8, '0');
  return `${key.slice(0, FAIRNESS_KEY_BYTES - hash.length - 1)}~${hash}`;
}

/** Where the activities of a job go, and the budget of its account. Each poll's answer brings the present one. */
export interface Route {
  readonly pool: string;
  /** The account's request budget; null: none. With a budget, the server waits out all intervals. */
  readonly requestsPerMinute: number | null;
}

/** The route of a job whose account no worker has named. */
export const DEFAULT_ROUTE: Route = { pool: DEFAULT_POOL, requestsPerMinute: null };

export function isRoute(value: unknown): value is Route {
  if (!isRecord(value)) return false;
  const { pool, requestsPerMinute } = value;
  return isName(pool) && (requestsPerMinute === null || Number.isFinite(requestsPerMinute));
}
