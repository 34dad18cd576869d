import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createJobTracker } from '../../src/client.ts';
import { seenEnding } from '../support/cancel-matrix/ending.ts';
import type { AskedCell, Parts, Stage } from '../support/cancel-matrix/play.ts';
import { askAll, beginAll, fillHistory, inAll } from '../support/cancel-matrix/play.ts';
import type { Cell, Ending, Moment } from '../support/cancel-matrix/table.ts';
import { cellsOf, endingOf, titleOf } from '../support/cancel-matrix/table.ts';
import type { WorkflowRig } from '../support/workflow-rig.ts';
import { MINUTE, SECOND, startWorkflowRig } from '../support/workflow-rig.ts';

const course = { confirmMs: 4 * MINUTE, completesAnywayMs: 6 * MINUTE, completesMs: 10 * MINUTE, unauthorized: 2 };
// By then unchanged polls are in their backoff, and a status that is down is told; the next attempts are far.
const UNTIL_ASKED_MS = 82 * SECOND;
const FEW = 150;
const UNTIL_ENDED_MS = 25 * MINUTE;

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig({ serves: false });
});
afterAll(() => rig?.close());

function stageOf(from: WorkflowRig): Stage {
  return { rig: from, course, continueAfterEvents: 2_000 };
}

/** A queue of its own, whose worker has runs go on as new ones after few events, but once only. */
function shortStage(): Stage {
  const config = { ...rig.config, taskQueue: `test-${randomUUID()}` };
  const tracker = createJobTracker({ client: rig.client, taskQueue: config.taskQueue });
  return { rig: { ...rig, config, tracker, taskQueue: config.taskQueue }, course, continueAfterEvents: FEW };
}

async function serve({ rig: { config, startWorker }, continueAfterEvents }: Stage): Promise<void> {
  await startWorker({ config, continueAfterEvents });
}

async function askEarly(cells: Cell[]): Promise<Parts<AskedCell>> {
  const stage = stageOf(rig);
  const byUpdate = cells.filter(({ way }) => way === 'update');
  const unheard = await askAll(
    stage,
    await beginAll(
      stage,
      cells.filter((cell) => !byUpdate.includes(cell)),
    ),
  );
  await serve(stage);
  return new Map([...unheard, ...(await askAll(stage, await beginAll(stage, byUpdate)))]);
}

async function askLater(cells: Cell[]): Promise<Parts<AskedCell>> {
  const begun = await beginAll(stageOf(rig), cells);
  await rig.pass(UNTIL_ASKED_MS);
  return askAll(stageOf(rig), begun);
}

async function askLeaving(cells: Cell[]): Promise<Parts<AskedCell>> {
  const stage = shortStage();
  await serve(stage);
  const begun = await beginAll(stage, cells);
  await inAll(begun, (cell) => fillHistory(stage, cell));
  return askAll(stage, begun);
}

// In this order: the first begins before there is a worker. All cells of a moment are played at once, for time is the same for all.
describe.each<[Moment, (cells: Cell[]) => Promise<Parts<AskedCell>>]>([
  ['before the first poll', askEarly],
  ['waiting', askLater],
  ['in retry', askLater],
  ['degraded', askLater],
  ['at continue-as-new', askLeaving],
])('cancel asked %s', (moment, asked) => {
  const cells = cellsOf([moment]);
  let endings: Parts<Ending>;
  beforeAll(async () => {
    const all = await asked(cells);
    await rig.pass(UNTIL_ENDED_MS);
    endings = await inAll(all, (cell) => seenEnding(rig, cell));
  }, 90_000);

  test.each(cells.map((cell): [string, Cell] => [titleOf(cell), cell]))('%s', async (_, cell) => {
    expect(await endings.get(cell)).toEqual(endingOf(cell));
  });
});
