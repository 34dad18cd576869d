import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAccountLimiter } from '../../../../src/activities/account-limiter.ts';
import { createDurationStatistics } from '../../../../src/activities/duration-statistics.ts';
import { createHolds } from '../../../../src/activities/check-job-status/holds.ts';
import { createPollScheduler } from '../../../../src/activities/check-job-status/poll-scheduler.ts';
import type { ActivityContext } from '../../../../src/activities/job-activities.ts';
import { createActivities } from '../../../../src/activities/create-activities.ts';
import {
  changeKeyOf,
  emptyMemory,
  type NoPollAnswer,
  type PollAnswer,
  type PollRequest,
} from '../../../../src/polling/memory.ts';
import { ProviderError } from '../../../../src/contract/failure.ts';
import type { Snapshot } from '../../../../src/contract/job.ts';
import { DEFAULT_POLLING } from '../../../../src/contract/polling-options.ts';
import { DEFAULT_ROUTE } from '../../../../src/contract/task-queue.ts';
import { completed, DEEPWRITER, snapshotOf, T0 } from '../../../support/core-builders.ts';
import { NO_TRACES } from '../../../../src/activities/traces.ts';

const request: PollRequest = {
  job: DEEPWRITER,
  policy: DEFAULT_POLLING,
  usualMs: null,
  memory: emptyMemory(T0),
  firstWaitMs: 0,
  report: 'changes',
  cancel: null,
};

/** A service that gives these answers to its polls, one after the other, and then repeats the last one. */
function activitiesOver(
  answers: readonly (Snapshot | Promise<Snapshot> | ProviderError)[],
  holds = createHolds(0), // an attempt without a report ends at once, which fails the test
  now: () => number = () => T0,
) {
  const left = [...answers];
  const poll = async (): Promise<Snapshot> => {
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? snapshotOf();
    if (answer instanceof ProviderError) throw answer;
    return answer;
  };
  const random = () => 0;
  const limiter = createAccountLimiter({
    budget: () => null,
    shareOf: (requests) => ({ requests, polls: requests }),
    holdMs: 10_000,
    now,
    random,
  });
  const context: ActivityContext = {
    table: [],
    others: { outcomeOf: () => Promise.reject(new Error('nobody waits here')), cancel: async () => undefined },
    accountOf: async () => ({
      service: { limiter, durations: createDurationStatistics(), poll, cancel: async () => ({ status: 'accepted' }) },
      route: DEFAULT_ROUTE,
    }),
    measure: () => undefined,
    traces: NO_TRACES,
    holds,
    polls: createPollScheduler({ now, hasOthers: () => true }),
    options: {
      holdMs: 10_000,
      reportEveryMs: 5_000,
      continueAfterEvents: 2_000,
      searchAttributes: false,
      defaultPolling: {},
      defaultLimits: {},
    },
    now,
    random,
  };
  return createActivities(context);
}

interface Attempt {
  answer: PollAnswer | NoPollAnswer;
  /** The details of all heartbeats. Each heartbeat may be the last one that reaches the server. */
  details: unknown[];
}

async function attempt(answers: readonly (Snapshot | ProviderError)[], heartbeatDetails?: unknown): Promise<Attempt> {
  const env = new MockActivityEnvironment({ attempt: heartbeatDetails === undefined ? 1 : 2, heartbeatDetails });
  const details: unknown[] = [];
  env.on('heartbeat', (sent: unknown) => details.push(sent));
  const { checkJobStatus } = activitiesOver(answers);
  const answer = await env.run<[PollRequest], PollAnswer | NoPollAnswer, typeof checkJobStatus>(
    checkJobStatus,
    request,
  );
  return { answer, details };
}

const down = new ProviderError('unavailable', 'HTTP 503');
const gone = new ProviderError('not-found', 'HTTP 404');

test.each([
  ['an ending', [completed], 'polled'],
  ['a first miss', [gone], 'missing'],
  ['trouble', [down], 'degraded'],
] as const)(
  'I11: %s whose answer was lost with its worker is reported by the next attempt',
  async (_, answers, type) => {
    const primed = { ...emptyMemory(T0), trouble: { inRow: 2, edgeInRow: 0, sinceMs: T0, reported: [] } };
    const first = await attempt(answers, primed);
    expect(first.answer.type).toBe(type);
    // Any of these heartbeats may be the last one that reached the server.
    for (const heartbeat of [primed, ...first.details]) {
      const second = await attempt(answers, heartbeat);
      expect(second.answer.type).toBe(type);
    }
  },
);

describe('while a poll waits for its answer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test.each([
    [30, [10, 30, 50, 70, 90, 110]],
    [120, [40, 120, 200]],
  ])('with a heartbeat timeout of %i s, heartbeats are sent after these seconds: %j', async (timeoutS, sentS) => {
    const env = new MockActivityEnvironment({ heartbeatTimeoutMs: timeoutS * 1_000 });
    const sent: number[] = [];
    let nowS = 0;
    env.on('heartbeat', () => sent.push(nowS));
    let answer: (snapshot: Snapshot) => void = () => undefined;
    const { checkJobStatus } = activitiesOver([new Promise((resolve) => (answer = resolve))]);
    const run = env.run<[PollRequest], PollAnswer | NoPollAnswer, typeof checkJobStatus>(checkJobStatus, request);
    await new Promise(setImmediate); // the poll begins
    while (nowS < Math.max(...sentS)) {
      nowS += 1;
      await vi.advanceTimersByTimeAsync(1_000);
    }
    answer(completed);
    expect([(await run).type, sent, vi.getTimerCount()]).toEqual(['polled', sentS, 0]);
  });
});

describe('a job whose activity began when its worker had few holds', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: T0 }));
  afterEach(() => void vi.useRealTimers());

  /** @returns how the attempt ended, and after how long */
  async function turnWith(otherHolds: number) {
    const holds = { ...createHolds(10), waiting: () => otherHolds };
    const { checkJobStatus } = activitiesOver([snapshotOf()], holds, Date.now);
    const env = new MockActivityEnvironment({ heartbeatTimeoutMs: 30_000, startToCloseTimeoutMs: 600_000 });
    const run = env
      .run<[PollRequest], PollAnswer | NoPollAnswer, typeof checkJobStatus>(checkJobStatus, {
        ...request,
        policy: { ...DEFAULT_POLLING, mode: 'fixed', intervalMs: 5_000 },
        memory: { ...emptyMemory(T0), reported: changeKeyOf(snapshotOf()), reportedAtMs: T0 },
      })
      .catch((error: unknown) => error);
    const ended: { end: unknown; afterMs: number }[] = [];
    void run.then((end) => ended.push({ end, afterMs: Date.now() - T0 }));
    while (ended.length === 0) {
      await vi.advanceTimersByTimeAsync(1_000);
      await new Promise(setImmediate);
    }
    return ended[0];
  }

  test('reports at the end of its turn, so that the next activity gets the timeout that the worker now wants', async () => {
    const turn = await turnWith(8_000);
    expect(turn).toMatchObject({ end: { type: 'polled', heartbeatMs: 240_000 } });
    expect(turn?.afterMs).toBeGreaterThan(200_000);
    expect(turn?.afterMs).toBeLessThan(400_000);
  });

  test('gives its interval back at the end of its turn, if the timeout is about right (I1)', async () => {
    expect(await turnWith(1_500)).toMatchObject({ end: { type: 'Unchanged' } });
  });
});
