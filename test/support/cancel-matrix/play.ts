import { setTimeout as sleep } from 'node:timers/promises';
import type { JobRef, TrackJobInput } from '../../../src/contract/index.ts';
import { workflowIdOf } from '../../../src/client-library/job-ids.ts';
import { patiently } from '../patiently.ts';
import { ask, type Asked, startAndAsk } from './asking.ts';
import { EVENTS_OF_A_REQUEST, INTERVAL_MS, momentOf } from './moment.ts';
import { beginOutage, createJob, isStillDown, type Played, serviceOf } from './service.ts';
import { type Cell, endingOf, type Moment } from './table.ts';

// All cells are played at the same time, part by part, because they share one clock. If a cell fails, its own test throws the error.

export interface Stage extends Played {
  /** The same setting as that of the worker. */
  continueAfterEvents: number;
}

export interface Begun {
  cell: Cell;
  job: JobRef;
  workflowId: string;
}

export interface AskedCell extends Begun {
  /** The moment of the workflow when it got the request. */
  moment: Moment;
  asked: Asked;
}

/** Creates the job. Tracks it, unless the request does that, and waits for the first poll. For `holding` it waits for the hold too. */
async function begin(stage: Stage, cell: Cell): Promise<Begun> {
  const { rig } = stage;
  const job = await createJob(stage, cell);
  const begun = { cell, job, workflowId: workflowIdOf(job) };
  if (cell.moment === 'before the first poll') return begun;
  const tracked = await patiently(() => rig.tracker.track(job, { polling: pollingOf(cell) }));
  while ((await patiently(() => tracked.progress())).polls === 0) await sleep(50);
  if (cell.moment === 'holding') while ((await momentNow(stage, begun)) !== 'holding') await sleep(50);
  return begun;
}

/** @returns the moment that the workflow has reached; null: none yet */
function momentNow({ rig, continueAfterEvents }: Stage, { workflowId }: Begun): Promise<Moment | null> {
  return momentOf(rig.client, workflowId, continueAfterEvents).catch(() => null);
}

/** After an accepted cancel the job is polled every `minIntervalMs`. It is long enough that the polls of all cells are not too much work. */
function pollingOf({ moment }: Cell): { mode: 'fixed'; intervalMs: number; minIntervalMs: number } {
  const intervalMs = INTERVAL_MS[moment];
  return { mode: 'fixed', intervalMs, minIntervalMs: Math.min(intervalMs, 17_000) };
}

/** Requests the cancel, and reads the moment of the workflow. */
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

/**
 * On the real server the caller of the update waits long enough for the answer, also on a slow machine. It waits only 3 s if the
 * answer comes much later anyway.
 */
function patienceOf({ course }: Stage, { behaviour }: Cell): { waitForMs?: number } {
  if (course.ends.by === 'time') return {};
  return { waitForMs: behaviour === 'is down for 20 calls' ? 3_000 : 60_000 };
}

/** Ends the job at its service, after the cancel has made all progress that is possible before, and the update has its answer. */
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
 * Makes the history longer by updates that change nothing, until one more request leads to continue-as-new. An update adds five
 * events. Several updates are sent at a time while they cannot reach this length yet.
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

/** Plays one part in every cell, and waits for all of them. Each cell succeeds or fails by itself. */
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
