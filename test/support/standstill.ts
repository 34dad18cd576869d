import { Context } from '@temporalio/activity';
import type { Client, Connection, WorkflowHandle } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from './history-event.ts';
import { aroundAttempts } from './around-attempts.ts';

// The time-skipping server 1.38.0 locks its time while an activity waits for a worker. If the activity is cancelled before a worker
// takes it, the time stays locked: from then on an hour takes an hour. This file unlocks the time.

const LOOK_EVERY_MS = 300;
/** If time passes slower than this factor, the server does not skip time: real time has the factor 1. */
const LEAST_SPEED = 2;
const LOOKS_BEFORE_HELP = 4;
/**
 * The server may lose a workflow task: it is scheduled, but no worker gets it. After this number of looks the time is unlocked although
 * a task is open. Then the task times out, and is scheduled again.
 */
const LOOKS_BEFORE_FORCE = 100;

export interface StandstillHelp {
  /** An interceptor for the worker. It records the workflows, and whether an attempt runs. */
  interceptor: ActivityInterceptorsFactory;
  /** Waits while skipped time passes. Unlocks the time if it stands still without a reason. */
  whilePassing: (passing: Promise<unknown>, virtualNow: () => Promise<number>) => Promise<void>;
}

export function createStandstillHelp(client: Client): StandstillHelp {
  const workflowIds = new Set<string>();
  const attempts: Attempts = { begun: 0, ended: 0 };
  const interceptor = aroundAttempts(async (attempt) => {
    const { workflowExecution } = Context.current().info;
    if (workflowExecution) workflowIds.add(workflowExecution.workflowId);
    attempts.begun += 1;
    return attempt().finally(() => (attempts.ended += 1));
  });
  const attemptsSoFar = (): Attempts => ({ ...attempts });
  const isAnyTaskOpen = async (): Promise<boolean> => {
    const handles = [...workflowIds].map((id) => client.workflow.getHandle(id));
    return (await Promise.all(handles.map(hasOpenTask))).includes(true);
  };
  const unlock = async (): Promise<void> => {
    await (client.connection as Connection).testService?.unlockTimeSkipping({});
  };
  return {
    interceptor,
    whilePassing: async (passing, virtualNow) => {
      const over = new AbortController();
      const watched = watch({ virtualNow, attemptsSoFar, isAnyTaskOpen, unlock }, over.signal);
      await Promise.all([passing.finally(() => over.abort()), watched]);
    },
  };
}

interface Attempts {
  begun: number;
  ended: number;
}

interface Watched {
  virtualNow: () => Promise<number>;
  attemptsSoFar: () => Attempts;
  isAnyTaskOpen: () => Promise<boolean>;
  unlock: () => Promise<void>;
}

interface Look {
  virtualMs: number;
  realMs: number;
  attempts: Attempts;
}

async function watch({ virtualNow, attemptsSoFar, isAnyTaskOpen, unlock }: Watched, over: AbortSignal): Promise<void> {
  const look = async (): Promise<Look> => {
    const attempts = attemptsSoFar();
    return { virtualMs: await virtualNow(), realMs: Date.now(), attempts };
  };
  let [last, still] = [await look(), 0];
  while (!over.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    const next = await look();
    still = isStill(last, next) ? still + 1 : 0;
    last = next;
    if (still < LOOKS_BEFORE_HELP || (still < LOOKS_BEFORE_FORCE && (await isAnyTaskOpen()))) continue;
    if (!isStill(last, await look()) || over.aborted) continue;
    await unlock();
    still = 0;
  }
}

function isStill(before: Look, now: Look): boolean {
  const { begun, ended } = now.attempts;
  const isIdle = begun === ended && begun === before.attempts.begun;
  return isIdle && now.virtualMs - before.virtualMs < (now.realMs - before.realMs) * LEAST_SPEED;
}

async function hasOpenTask(handle: WorkflowHandle): Promise<boolean> {
  return isTaskOpen((await handle.fetchHistory()).events ?? []);
}

/** @returns true if a workflow task is scheduled or runs */
export function isTaskOpen(history: readonly HistoryEvent[]): boolean {
  const last = history.findLast(
    (event) =>
      event.workflowTaskScheduledEventAttributes ??
      event.workflowTaskCompletedEventAttributes ??
      event.workflowTaskFailedEventAttributes ??
      event.workflowTaskTimedOutEventAttributes,
  );
  return Boolean(last?.workflowTaskScheduledEventAttributes);
}
