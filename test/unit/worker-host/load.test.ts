import { expect, test } from 'vitest';
import { createPollScheduler } from '../../../src/activities/check-job-status/poll-scheduler.ts';
import { NO_LOAD } from '../../../src/polling/overload.ts';
import { noteSecond, OVERLOADED } from '../../../src/worker-host/load.ts';
import { T0 } from '../../support/core-builders.ts';

test('the log says once that a worker is overloaded, and again only after it has recovered', async () => {
  let nowMs = T0;
  const polls = createPollScheduler({ now: () => nowMs, hasOthers: () => false });
  const said: string[] = [];
  const log = { warn: (message: string) => said.push(message), info: (message: string) => said.push(message) };
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      nowMs += 1_000;
      noteSecond(polls, { tookMs: 1_000, lagMs: 1, busy: 0.9 }, log);
    }
  };
  const RECOVERED = 'this worker is no longer overloaded: no poll has been late for 30 s';
  /** Has more polls wait than may be under way. @returns a function that gives them up */
  const fill = (): (() => void) => {
    const queued = Array.from({ length: NO_LOAD.limit + 1 }, () =>
      polls.queue({ account: 'a', dueAtMs: nowMs, urgent: false }).wait(() => undefined),
    );
    return () => queued.forEach((giveUp) => giveUp());
  };
  const empty = fill(); // no event loop turns during this test, so none of them begins
  pass(20);
  expect(said).toEqual([]);
  pass(60);
  expect(said).toEqual([OVERLOADED]);
  empty();
  pass(60);
  expect(said).toEqual([OVERLOADED, RECOVERED]);
  const emptyAgain = fill();
  pass(60);
  expect(said).toEqual([OVERLOADED, RECOVERED, OVERLOADED]);
  emptyAgain();
});
