import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { accountHere } from '../../../../src/activities/check-job-status/account-here.ts';
import type { ActivityContext, JobService } from '../../../../src/activities/job-activities.ts';
import type { Route } from '../../../../src/contract/task-queue.ts';
import { emptyMemory, type PollMemory } from '../../../../src/polling/memory.ts';
import { MINUTE, SECOND, T0 } from '../../../support/core-builders.ts';
import { requestOf } from '../../../support/core-polls.ts';

const service = {} as JobService;
const SHARED: Route = { pool: 'shared', requestsPerMinute: null };

interface Given {
  readonly has?: boolean;
  readonly route?: Route | null;
  /** The pool to whose queue the request was sent. */
  readonly pool?: string;
  /** The time since the activity was scheduled, ms. */
  readonly afterMs?: number;
  readonly memory?: Partial<PollMemory>;
}

async function found({ has = false, route = SHARED, pool, afterMs = 0, memory }: Given): Promise<unknown> {
  const context = {
    accountOf: async () => ({ service: has ? service : null, route }),
    now: () => T0 + afterMs,
  } as unknown as ActivityContext;
  const request = requestOf(pool === undefined ? {} : { pool });
  const env = new MockActivityEnvironment({ scheduledTimestampMs: T0 });
  return env.run(async () => accountHere(context, request, { ...emptyMemory(T0), ...memory }));
}

const noAccount = { type: 'NoAccount', nonRetryable: false, nextRetryDelay: 1_000 };

describe('the account of a job at a worker', () => {
  test('is its service and its route, if the worker has its credential', async () => {
    expect(await found({ has: true })).toEqual({ service, route: SHARED });
    expect(await found({ has: true, pool: 'shared' })).toEqual({ service, route: SHARED });
  });

  test('that another pool serves now is reported, and the job goes there', async () => {
    const route = { pool: 'emea', requestsPerMinute: 60 };
    expect(await found({ has: true, route, pool: 'shared' })).toEqual({ type: 'moved', route });
    expect(await found({ route, pool: 'shared' })).toEqual({ type: 'moved', route });
  });

  test('stays here for a request of older code, which names no pool', async () => {
    const route = { pool: 'emea', requestsPerMinute: 60 };
    expect(await found({ has: true, route })).toEqual({ service, route });
  });

  test('that is not here is looked for at another worker for 5 min, and then nobody serves the job', async () => {
    await expect(found({ route: null })).rejects.toMatchObject(noAccount);
    await expect(found({ route: null, afterMs: 5 * MINUTE - 1 })).rejects.toMatchObject(noAccount);
    expect(await found({ route: null, afterMs: 5 * MINUTE })).toEqual({
      type: 'unserved',
      message: 'no worker serves account default',
    });
  });

  test('that was polled since is looked for from the last poll on: an activity may live for hours', async () => {
    const memory = { lastPollAtMs: T0 + 60 * MINUTE };
    await expect(found({ route: null, memory, afterMs: 65 * MINUTE - SECOND })).rejects.toMatchObject(noAccount);
    expect(await found({ route: null, memory, afterMs: 65 * MINUTE })).toMatchObject({ type: 'unserved' });
  });
});
