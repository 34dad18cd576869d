import type { PollScheduler } from '../activities/check-job-status/poll-scheduler.ts';
import { watchEventLoop } from './event-loop.ts';
import type { Log } from './log.ts';

/** For the log and the status of an overloaded worker. */
export const OVERLOADED =
  'this worker is overloaded: polls have been late for 30 s or more; start one more worker, or give this one more CPU';

/** Lets the scheduler of polls know each second how the event loop is. @returns a function that stops it */
export function watchLoad(polls: PollScheduler, log: Log): () => void {
  return watchEventLoop((second) => noteSecond(polls, second, log));
}

/** Notes one second of the event loop. It says once that the worker is overloaded, and once that it is not any more. */
export function noteSecond(polls: PollScheduler, second: Parameters<PollScheduler['note']>[0], log: Log): void {
  const { isOverloaded: was } = polls.load();
  const { isOverloaded } = polls.note(second);
  if (isOverloaded && !was) log.warn(OVERLOADED);
  if (was && !isOverloaded) log.info('this worker is no longer overloaded: no poll has been late for 30 s');
}
