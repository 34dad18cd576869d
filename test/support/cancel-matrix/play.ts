import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRef, TrackJobInput } from '../../../src/contract/index.ts';
import { workflowIdOf } from '../../../src/client-library/job-ids.ts';
import { patiently } from '../patiently.ts';
import { ask, type Asked, startAndAsk } from './asking.ts';
import { EVENTS_OF_A_REQUEST, INTERVAL_MS, momentOf } from './moment.ts';
import { beginOutage, createJob, isStillDown, type Played, serviceOf } from './service.ts';
import { type Cell, endingOf, type Moment } from './table.ts';

// Cells are played at once, one part after the other, for time is the same for all. What fails in one is thrown in its own test.

export interface Stage extends Played {
  /** As its worker was told. */
  continueAfterEvents: number;
}

export interface Begun {
  cell: Cell;
  job: JobRef;
  workflowId: string;
}

export interface AskedCell extends Begun {
  /** Where the workflow was when it was asked. */
  moment: Moment;
  asked: Asked;
}

/** Makes the job; has it followed unless that comes with the request, and waits for the first poll, and for the hold after it. */
async function begin(stage: Stage, cell: Cell): Promise<Begun> {
  const { rig } = stage;
  const job = await createJob(stage, cell);
  const begun = { cell, job, workflowId: workflowIdOf(job) };
  if (cell.moment === 'before the first poll') return begun;
  const tracked = await patiently(() => rig.tracker.track(job, { polling: pollingOf(cell) }));
  while ((await patiently(() => tracked.progress())).polls === 0) await sleep(50);
  if (cell.moment === 'holding') while ((await phaseOffsetOf(stage, begun)) !== 'holding') await sleep(50);
  return begun;
}

/** @returns where the workflow stands; null: on its way */
function phaseOffsetOf({ rig, continueAfterEvents }: Stage, { workflowId }: Begun): Promise<Moment | null> {
  return momentOf(rig.client, workflowId, continueAfterEvents).catch(() => null);
}

/** An accepted cancel is looked after every `minIntervalMs`: not so often that the polls of all cells are the whole work. */
function pollingOf({ moment }: Cell): { mode: 'fixed'; intervalMs: number; minIntervalMs: number } {
  const intervalMs = INTERVAL_MS[moment];
  return { mode: 'fixed', intervalMs, minIntervalMs: Math.min(intervalMs, 17_000) };
}

/** Asks, and tells where the workflow was just then. */
async function askCell(stage: Stage, begun: Begun): Promise<AskedCell> {
  const { rig, continueAfterEvents } = stage;
  const { cell, job, workflowId } = begun;
  await beginOutage(stage, cell, job);
  if (cell.moment === 'before the first poll') {
    const input: TrackJobInput = {
      job,
      polling: { mode: 'fixed', intervalMs: INTERVAL_MS[cell.moment] },
    };
    const asked = await startAndAsk(rig, cell.way, input);
    return { ...begun, asked, moment: await momentOf(rig.client, workflowId, continueAfterEvents) };
  }
  const moment = await momentOf(rig.client, workflowId, continueAfterEvents);
  if (moment === 'degraded' && !(await isStillDown(stage, cell, job))) throw new Error('the status can be read again');
  return { ...begun, moment, asked: await ask(rig, { way: cell.way, ...patienceOf(stage, cell) }, job) };
}

/** Where time passes by itself, the caller of the update waits for the answer however slow the machine is, or for one that is far off. */
function patienceOf({ course }: Stage, { behaviour }: Cell): { waitForMs?: number } {
  if (course.ends.by === 'time') return {};
  return { waitForMs: behaviour === 'is down for 20 calls' ? 3_000 : 60_000 };
}

/** Has the job end at its service once the cancel has come as far as it does before that, and whoever waits for an answer has got it. */
export async function releaseWhenAnswered({ rig }: Stage, { cell, job, workflowId, asked }: AskedCell): Promise<void> {
  if (cell.behaviour === 'has no cancel') return;
  await asked.told;
  const tracked = rig.tracker.get(workflowId);
  const ends = endingOf(cell).calls.told;
  for (;;) {
    const { cancel, outcome } = await patiently(() => tracked.progress());
    const isAnswered = cancel.phase === 'accepted' || (cancel.error !== null && cancel.attempts === ends);
    if (isAnswered || outcome !== null) break;
    await sleep(50);
  }
  await rig[serviceOf(cell)].control.release(job.jobId);
}

/**
 * Lengthens the history by updates that change nothing, until one more request makes the run go on as a new one: several at a time
 * as long as that cannot happen yet, at five events each.
 */
export async function fillHistory({ rig, continueAfterEvents }: Stage, { job, workflowId }: Begun): Promise<void> {
  const handle = rig.client.workflow.getHandle(workflowId);
  const tracked = rig.tracker.get(job);
  const { stalledMs } = (await patiently(() => tracked.progress())).limits;
  for (;;) {
    const missing = continueAfterEvents - EVENTS_OF_A_REQUEST - (await handle.describe()).historyLength;
    if (missing <= 0) return;
    const some = Math.min(Math.max(Math.floor(missing / 5) - 1, 1), 8);
    await Promise.all(Array.from({ length: some }, () => patiently(() => tracked.setLimits({ stalledMs }))));
  }
}

export type Parts<T> = ReadonlyMap<Cell, Promise<T>>;

/** Has one part played in every cell, and waits for all: each has its own success or failure. */
export async function inAll<From, To>(cells: Parts<From>, part: (one: From) => Promise<To>): Promise<Parts<To>> {
  const parts = new Map([...cells].map(([cell, before]) => [cell, before.then(part)]));
  await Promise.allSettled(parts.values());
  return parts;
}

export function beginAll(stage: Stage, cells: readonly Cell[]): Promise<Parts<Begun>> {
  return inAll(new Map(cells.map((cell) => [cell, Promise.resolve(cell)])), (cell) => begin(stage, cell));
}

export function askAll(stage: Stage, cells: Parts<Begun>): Promise<Parts<AskedCell>> {
  return inAll(cells, (cell) => askCell(stage, cell));
}
