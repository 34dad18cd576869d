import { durationText } from '../../contract/duration.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** A queue that workers with this configuration poll. */
export interface Queue {
  readonly taskQueue: string;
  readonly type: 'workflow' | 'activity';
  /** `provider/name`; null: the queue of the workflows. */
  readonly account: string | null;
  /** The rate limit of the queue by this configuration, tasks per second; null: none. */
  readonly ratePerS: number | null;
}

/** A worker that polls a queue, as the server lists it. */
export interface Poller {
  /** By the server's clock, ms since the epoch; null: not known. */
  readonly seenAtMs: number | null;
  readonly ratePerS: number;
}

/** A worker polls again after about 60 s. The server lists a worker for 5 min after its last poll, so older ones are ignored. */
const POLLS_WITHIN_MS = 90_000;
/** The rate that the server shows for a worker without a limit. */
const UNLIMITED_PER_S = 100_000;

/** @param serverNowMs the time by the server's clock */
export function judgeQueue(queue: Queue, pollers: readonly Poller[], serverNowMs: number): Check {
  const name = queueCheckName(queue);
  const agesMs = pollers.map(({ seenAtMs }) => (seenAtMs === null ? 0 : serverNowMs - seenAtMs));
  const present = pollers.filter((_, index) => (agesMs[index] ?? 0) <= POLLS_WITHIN_MS);
  if (present.length === 0) {
    const last = agesMs.length === 0 ? '' : `; the last poll was ${durationText(Math.min(...agesMs))} ago`;
    return failed(name, `nobody polls it${last}`, startHint(queue));
  }
  const rates = [...new Set(present.map(({ ratePerS }) => limitOf(ratePerS)))];
  const polled = `${present.length} worker${present.length === 1 ? '' : 's'}`;
  if (queue.account === null || rates.every((rate) => isSame(rate, queue.ratePerS))) return ok(name, polled);
  return warning(
    name,
    `workers disagree about the budget of ${queue.account}: they say ${rates.map(rateText).join(' and ')}, this configuration ${rateText(queue.ratePerS)}`,
    'give every worker of the account the same requestsPerMinute: the last one to poll sets the rate for all',
  );
}

/** @returns the name of the queue's check */
export function queueCheckName({ taskQueue }: Queue): string {
  return `task-queue:${taskQueue}`;
}

function startHint({ taskQueue, account }: Queue): string {
  return account === null
    ? `start a worker: jobtrack worker; one that runs must have JOBTRACK_TASK_QUEUE=${taskQueue} and this namespace`
    : `start a worker that has the account ${account}: jobtrack worker`;
}

function limitOf(ratePerS: number): number | null {
  return ratePerS <= 0 || ratePerS >= UNLIMITED_PER_S ? null : ratePerS;
}

function isSame(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one === other : Math.abs(one - other) < 1e-6 * other;
}

function rateText(ratePerS: number | null): string {
  return ratePerS === null ? 'no limit' : `${Math.round(ratePerS * 600) / 10} a minute`;
}
