import { expect, test } from 'vitest';
import type { JobOutcome } from '../../../src/contract/index.ts';
import type { JobTruth, RequestEntry } from '../../../src/simulators/simulator.ts';
import { lastDisturbanceMs } from '../../chaos/outages.ts';
import { latePolls, straysAfterEnd } from '../../chaos/lateness.ts';
import { type Ended, problemsOf } from '../../chaos/verdict.ts';

// These tests show that the chaos test can find problems.

const SECOND = 1_000;
const at = (ms: number): string => new Date(ms).toISOString();

function truthOf(over: Partial<JobTruth>): JobTruth {
  return {
    jobId: '42',
    queueType: null,
    scenario: 'success',
    expected: { status: 'completed' },
    expectedOnCancel: { status: 'cancelled' },
    asksCancel: false,
    status: 'completed',
    progress: 100,
    createdAtMs: 0,
    endedAtMs: 100 * SECOND,
    cancelSeenAtMs: null,
    cancelAcceptedAtMs: null,
    polls: 1,
    answered: 1,
    cancels: 0,
    ...over,
  };
}

function outcomeOf(ending: object, detectedAtMs = 101 * SECOND): JobOutcome {
  const facts = { job: { provider: 'deepwriter', jobId: '42' }, labels: {}, polls: 1, trackedForMs: 1 };
  return { ...facts, finishedAt: null, detectedAt: at(detectedAtMs), ...ending } as JobOutcome;
}

function pollAt(atMs: number, over: Partial<RequestEntry> = {}): RequestEntry {
  const asked = { id: 1, method: 'GET', path: '/', route: 'status', jobId: '42', queueType: null } as const;
  return { ...asked, atMs, status: 200, inFlight: 1, headers: {}, body: null, fault: null, ...over };
}

const completed = { status: 'completed', result: null, link: null, warnings: [] };
const abandoned = { status: 'abandoned', why: 'cancel-unsupported' };
const asked = [{ begunAtMs: 50 * SECOND, takenAtMs: 50 * SECOND }];
const whole: Ended = {
  truth: truthOf({}),
  outcome: outcomeOf(completed),
  polls: [],
  cancels: [],
  phase: 'none',
  outages: [],
};

test.each<[string, Partial<Ended>, string[]]>([
  ['the truth', {}, []],
  [
    'another ending than the service has',
    { outcome: outcomeOf({ status: 'failed', reason: 'x' }) },
    ['failed, but at the service it is completed (completed)'],
  ],
  [
    'an end that was reported before it came',
    { outcome: outcomeOf(completed, 99 * SECOND) },
    ['completed before it was'],
  ],
  [
    'another reason',
    {
      truth: truthOf({ status: 'failed', expected: { status: 'failed', reason: 'out of paper' } }),
      outcome: outcomeOf({ status: 'failed', reason: 'out of ink' }),
    },
    ['reason out of ink, not out of paper'],
  ],
  ['a cancel that the tracker forgot', { cancels: asked }, ['a cancel that Temporal took is unknown to the tracker']],
  [
    'a cancel that the service never heard of',
    { cancels: asked, phase: 'too-late' },
    ['a cancel never reached the service'],
  ],
  [
    'a cancel as the service’s own',
    {
      truth: truthOf({ status: 'cancelled', cancelSeenAtMs: 60 * SECOND }),
      outcome: outcomeOf({ status: 'cancelled', by: 'service', confirmed: true }),
    },
    ['cancelled by service, but it was by request'],
  ],
  [
    'abandoned without a request',
    { truth: truthOf({ queueType: 'post' }), outcome: outcomeOf(abandoned) },
    ['abandoned, after 0 cancels'],
  ],
  [
    'abandoned with the end in hand',
    {
      truth: truthOf({ queueType: 'post', endedAtMs: 55 * SECOND }),
      outcome: outcomeOf(abandoned, 60 * SECOND),
      polls: [pollAt(56 * SECOND)],
      cancels: asked,
      phase: 'unsupported',
    },
    ['abandoned, although a poll had seen the end of the job'],
  ],
])('the verdict on %s', (_, over, problems) => {
  expect(problemsOf({ ...whole, ...over })).toEqual(problems);
});

const polling = {
  promisedMs: 2 * SECOND,
  trackedAtMs: 0,
  detectedAtMs: 100 * SECOND,
  outages: [],
  faults: new Map([['f1', { fault: { preset: 'retry-after-seconds', params: { seconds: 10 } }, waitMs: 0 }]]),
};

test('I7: lateness counts from the moment when the poll was due, including the delay of a faulty answer', () => {
  const polls = [pollAt(SECOND, { fault: 'f1', status: 429 }), pollAt(14 * SECOND), pollAt(50 * SECOND)];
  expect(latePolls({ ...polling, polls })).toEqual([
    { atMs: SECOND, lateMs: SECOND },
    { atMs: 14 * SECOND, lateMs: SECOND },
    { atMs: 50 * SECOND, lateMs: 34 * SECOND },
  ]);
});

test('I7: lateness counts from the last kill or restart', () => {
  const outages = [{ what: 'server', fromMs: 20 * SECOND, untilMs: 30 * SECOND }];
  const polls = [pollAt(SECOND), pollAt(50 * SECOND)];
  expect(latePolls({ ...polling, polls, outages }).at(-1)).toEqual({ atMs: 50 * SECOND, lateMs: 20 * SECOND });
  expect(lastDisturbanceMs(outages, 25 * SECOND)).toBe(20 * SECOND);
});

test('a poll after the end is reported', () => {
  const polls = [pollAt(99 * SECOND), pollAt(113 * SECOND)];
  expect(straysAfterEnd({ ...polling, polls })).toEqual([{ atMs: 113 * SECOND, lateMs: 13 * SECOND }]);
});
