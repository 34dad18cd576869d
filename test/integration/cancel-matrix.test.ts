import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aroundAttempts } from '../support/around-attempts.ts';
import { seenEnding } from '../support/cancel-matrix/ending.ts';
import { askAll, beginAll, inAll, type Parts, releaseWhenAnswered, type Stage } from '../support/cancel-matrix/play.ts';
import { type Cell, cellsOf, type Ending, endingOf, MOMENTS, titleOf } from '../support/cancel-matrix/table.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

/** Twenty such delays are much longer than the 3 s for which the update waits. */
const HURRY_MS = 600;
const course = {
  ends: { by: 'release' },
  unauthorized: null,
  statusCalls: 4, // polls back off in real time, so this outage lasts until about 7 s after the request
} as const;
const cells = cellsOf(MOMENTS.real);
let rig: Rig;
let endings: Parts<Ending>;

/** Shortens the time before a cancel is sent again. An outage is a number of calls, and twenty calls would take a quarter of an hour. */
const hurry = aroundAttempts((attempt) =>
  attempt().catch((error: unknown) => {
    if (!(error instanceof ApplicationFailure) || typeof error.nextRetryDelay !== 'number') throw error;
    const { message, type, nextRetryDelay } = error;
    throw ApplicationFailure.create({
      message,
      nextRetryDelay: Math.min(nextRetryDelay, HURRY_MS),
      category: 'BENIGN',
      ...(type ? { type } : {}),
    });
  }),
);

beforeAll(async () => {
  const interceptors = { activity: [hurry] };
  // Calls are counted. On a busy machine a short timeout could end a call before its answer, and this would add a call.
  const timeouts = { connectMs: 25_000, headersMs: 25_000, totalMs: 28_000 };
  rig = await startDevServerRig({ config: { holdMs: 1_000 }, worker: { workerOptions: { interceptors }, timeouts } });
  const stage: Stage = { rig, course, continueAfterEvents: 2_000 };
  const begun = await beginAll(stage, cells);
  const asked = await askAll(stage, begun);
  endings = await inAll(asked, async (one) => {
    await releaseWhenAnswered(stage, one);
    await rig.tracker.get(one.workflowId).result();
    return seenEnding(rig, one);
  });
});
afterAll(() => rig?.close());

test.each(cells.map((cell): [string, Cell] => [titleOf(cell), cell]))('%s', async (_, cell) => {
  expect(await endings.get(cell)).toEqual(endingOf(cell));
});
