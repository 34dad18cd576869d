import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { type AccountLimiter, createAccountLimiter, DeferredError } from '../../../src/activities/account-limiter.ts';
import { createDurationStatistics } from '../../../src/activities/duration-statistics.ts';
import { createHolds } from '../../../src/activities/check-job-status/holds.ts';
import { createPollScheduler } from '../../../src/activities/check-job-status/poll-scheduler.ts';
import { createActivities } from '../../../src/activities/create-activities.ts';
import {
  changeKeyOf,
  emptyMemory,
  type NoPollAnswer,
  type PollAnswer,
  type PollRequest,
} from '../../../src/polling/memory.ts';
import { pollRatePerS } from '../../../src/polling/budget.ts';
import { ProviderError } from '../../../src/contract/failure.ts';
import type { MetricName } from '../../../src/contract/metrics.ts';
import { DEFAULT_ROUTE } from '../../../src/contract/task-queue.ts';
import { MINUTE, SECOND, snapshotOf, T0 } from '../../support/core-builders.ts';
import { requestOf } from '../../support/core-polls.ts';
import { NO_TRACES } from '../../../src/activities/traces.ts';

interface Rig {
  limiter: AccountLimiter;
  pass: (ms: number) => void;
  /** The jobs of the calls that went out. */
  sent: string[];
  call: (job: string, error?: ProviderError) => Promise<'sent' | number>;
}

function rigOf(requestsPerMinute: number | null = null): Rig {
  let nowMs = T0;
  const limiter = createAccountLimiter({
    budget: () => requestsPerMinute,
    shareOf: (budget) => ({ requests: budget, polls: budget - 1 }),
    holdMs: 10_000,
    now: () => nowMs,
    random: () => 0,
  });
  const sent: string[] = [];
  const call: Rig['call'] = async (job, failure) => {
    const work = async (): Promise<'sent'> => {
      sent.push(job);
      if (failure !== undefined) throw failure;
      return 'sent';
    };
    return limiter.through(job, 'poll', work).catch((error: unknown) => {
      if (error instanceof DeferredError) return error.deferral.waitMs;
      if (error instanceof ProviderError) return 'sent' as const;
      throw error;
    });
  };
  return { limiter, sent, call, pass: (ms) => void (nowMs += ms) };
}

const down = new ProviderError('unavailable', 'HTTP 503');

describe('the limiter of an account', () => {
  test('H8: a 429 with Retry-After of 30 s for one job defers all others: no request for 30 s', async () => {
    const { call, pass, sent } = rigOf();
    await call('a', new ProviderError('rate-limited', 'HTTP 429', { status: 429, retryAfterMs: 30_000 }));
    pass(29 * SECOND);
    expect(await call('b')).toBe(1_000);
    pass(SECOND);
    expect(await call('b')).toBe('sent');
    expect(sent).toEqual(['a', 'b']);
  });

  test('an outage of 90 s with 200 jobs: from 5 s after its start at most one request in 5 s', async () => {
    const { call, pass, sent, limiter } = rigOf();
    for (let elapsedMs = 0; elapsedMs < 90_000; elapsedMs += 100) {
      await call(`job ${(elapsedMs / 100) % 200}`, down);
      pass(100);
    }
    expect(sent.length).toBeLessThanOrEqual(5 * 10 + 85 / 5);
    expect(limiter.breaker()).toBe('open');
  });

  test('a service that does not answer at all counts as down after 8 s, before the first time-out', async () => {
    const { limiter, pass, call } = rigOf();
    const pending = ['a', 'b', 'c'].map((job) =>
      limiter.through(job, 'poll', () => new Promise<never>(() => undefined)),
    );
    expect(pending).toHaveLength(3);
    pass(7 * SECOND);
    expect(await call('d')).toBe('sent');
    const { limiter: other, pass: passOther, call: callOther } = rigOf();
    for (const job of ['a', 'b', 'c']) void other.through(job, 'poll', () => new Promise<never>(() => undefined));
    passOther(8 * SECOND);
    expect(await callOther('d')).not.toBe('sent');
  });

  test('the shortest interval grows with the number of recently polled jobs, and shrinks as they end', () => {
    const { limiter, pass } = rigOf(60);
    const fair = (jobs: number): number => Math.ceil((jobs / pollRatePerS(60)) * 1_000);
    for (let job = 0; job < 30; job++) limiter.follow(`${job}`, 40_000);
    expect(limiter.leastIntervalMs(0)).toBe(fair(30));
    expect(limiter.leastIntervalMs(MINUTE)).toBe(Math.round((fair(30) * 3) / 4)); // the job has already waited in the queue
    for (let job = 0; job < 10; job++) limiter.follow(`${job}`, null);
    pass(2 * SECOND);
    expect(limiter.leastIntervalMs(0)).toBe(fair(20));
    pass(3 * MINUTE); // other workers have polled the other jobs, or the jobs have ended
    expect(limiter.leastIntervalMs(0)).toBe(fair(1));
  });

  test('without a budget there is no shortest interval, and the worker holds; with a budget the server waits out all intervals', () => {
    expect([rigOf().limiter.leastIntervalMs(0), rigOf().limiter.holdMs()]).toEqual([0, 10_000]);
    expect(rigOf(60).limiter.holdMs()).toBe(0);
  });
});

describe('checkJobStatus', () => {
  const reported = { reported: changeKeyOf(snapshotOf()), reportedAtMs: T0, seen: true };
  const unchanged = requestOf({ memory: { ...emptyMemory(T0), ...reported } });

  async function attempt(
    maxHolds: number,
    limiter: AccountLimiter,
    { request = unchanged, isOverloaded = false }: { request?: PollRequest; isOverloaded?: boolean } = {},
  ) {
    const measured: [MetricName, number][] = [];
    const activities = createActivities({
      table: [],
      others: { outcomeOf: () => Promise.reject(new Error('nobody waits here')), cancel: async () => undefined },
      accountOf: async () => ({
        service: {
          limiter,
          durations: createDurationStatistics(),
          poll: async () => snapshotOf(),
          cancel: async () => ({ status: 'accepted' }),
        },
        route: DEFAULT_ROUTE,
      }),
      holds: createHolds(maxHolds),
      polls: { ...createPollScheduler({ now: () => T0, hasOthers: () => true }), givesBack: () => isOverloaded },
      options: {
        holdMs: 10_000,
        reportEveryMs: 5_000,
        continueAfterEvents: 2_000,
        searchAttributes: false,
        defaultPolling: {},
        defaultLimits: {},
      },
      now: () => T0,
      random: () => 0,
      measure: (name, value) => measured.push([name, value]),
      traces: NO_TRACES,
    });
    const env = new MockActivityEnvironment({ attempt: 1, scheduledTimestampMs: T0, startToCloseTimeoutMs: 600_000 });
    const { checkJobStatus } = activities;
    const error = await env
      .run<[PollRequest], PollAnswer | NoPollAnswer, typeof checkJobStatus>(checkJobStatus, request)
      .then(
        () => null,
        (thrown: unknown) => thrown as { message: string; nextRetryDelay?: unknown },
      );
    return { error, measured };
  }

  test('leaves an interval to the server when the worker is overloaded, and says so', async () => {
    const { error } = await attempt(10, rigOf().limiter, { isOverloaded: true });
    expect(error).toMatchObject({
      message: 'running, unchanged; this worker has too much to do; next poll in 2 s',
      nextRetryDelay: 2_000,
    });
  });

  test('leaves an interval to the server at once when the worker has as many holds as JOBTRACK_MAX_HOLDS allows', async () => {
    const { error, measured } = await attempt(0, rigOf().limiter);
    expect(error).toMatchObject({ message: 'running, unchanged; next poll in 2 s', nextRetryDelay: 2_000 });
    expect(measured).toContainEqual(['jobtrack_polls', 1]);
    expect(measured).toContainEqual(['jobtrack_poll_interval', 2]);
  });

  test('makes no request while the account is paused, says so, and tries again after the pause', async () => {
    const { limiter, call } = rigOf();
    await call('another', new ProviderError('rate-limited', 'HTTP 429', { status: 429, retryAfterMs: 30_000 }));
    const { error, measured } = await attempt(9, limiter);
    const message = 'not called, as the account is to wait until 2026-01-01T00:00:30.000Z: HTTP 429; next poll in 30 s';
    expect(error).toMatchObject({ message, nextRetryDelay: 30_000 });
    expect(measured).toEqual([['jobtrack_polls_held', 1]]);
  });

  test('leaves every interval of an account with a budget to the server, and none is shorter than its share of the rate (I8)', async () => {
    const { limiter } = rigOf(60);
    for (let job = 0; job < 30; job++) limiter.follow(`job ${job}`, 40_000);
    const { error, measured } = await attempt(9, limiter);
    expect(error).toMatchObject({ nextRetryDelay: 37_816 });
    expect(measured).toContainEqual(['jobtrack_budget_wait', 35.816]);
  });
});
