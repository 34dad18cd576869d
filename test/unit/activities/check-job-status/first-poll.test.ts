import { describe, expect, test } from 'vitest';
import { firstPollOf } from '../../../../src/activities/check-job-status/first-poll.ts';
import { emptyMemory, type PollRequest } from '../../../../src/polling/memory.ts';
import { DEFAULT_POLLING } from '../../../../src/contract/polling-options.ts';
import { DEEPWRITER, SECOND, T0 } from '../../../support/core-builders.ts';

const request: PollRequest = {
  job: DEEPWRITER,
  policy: DEFAULT_POLLING,
  usualMs: null,
  memory: emptyMemory(T0),
  firstWaitMs: 20 * SECOND,
  report: 'changes',
  cancel: null,
};
const dueIn = (ms: number) => ({ ...emptyMemory(T0), polls: 3, nextPollAtMs: T0 + 60 * SECOND + ms });
const attemptOf = (attempt: number, calledAfterMs: number) => ({
  info: { attempt, scheduledTimestampMs: T0, currentAttemptScheduledTimestampMs: T0 + calledAfterMs },
  nowMs: T0 + 60 * SECOND,
  holdMs: 30 * SECOND,
});

describe('the first poll of a status activity', () => {
  test('is made after the wait that the workflow asks for', () => {
    expect(firstPollOf(request, null, attemptOf(1, 0))).toEqual({ waitMs: 20 * SECOND, dueAtMs: T0 + 20 * SECOND });
  });

  test.each([
    ['with what it remembers', dueIn(15 * SECOND)],
    ['without', null],
  ])('is made at once when an operator has reset the activity, %s', (_, resumed) => {
    expect(firstPollOf(request, resumed, attemptOf(1, 59 * SECOND))).toEqual({
      waitMs: 0,
      dueAtMs: T0 + 59 * SECOND,
    });
  });

  test.each([
    ['waits out what is left of a hold whose worker died', 15 * SECOND, 15 * SECOND],
    ['does not wait when its time has come', -SECOND, 0],
    ['does not wait longer than a worker may hold', 31 * SECOND, 0],
  ])('of a later attempt %s', (_, leftMs, waitMs) => {
    const dueAtMs = T0 + 60 * SECOND + leftMs;
    expect(firstPollOf(request, dueIn(leftMs), attemptOf(2, 59 * SECOND))).toEqual({ waitMs, dueAtMs });
  });
});
