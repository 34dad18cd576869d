import { Context } from '@temporalio/activity';
import type { Client, Connection, WorkflowHandle } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from './history-event.ts';
import { aroundAttempts } from './around-attempts.ts';

// The time-skipping server 1.38.0 locks its time while an activity waits for a worker, and never unlocks it if the activity is cancelled
// before one took it: from then on an hour takes an hour. What it leaves locked is unlocked here.

const LOOK_EVERY_MS = 300;
/** Slower than this it does not skip: real time passes as slowly. */
const LEAST_SPEED = 2;
const LOOKS_BEFORE_HELP = 4;
/** The server may lose a workflow task: it is scheduled, and no worker gets it. It times out and comes again when time passes. */
const LOOKS_BEFORE_FORCE = 100;

export interface StandstillHelp {
  /** For the worker: knows by it which workflows there are, and whether an attempt runs. */
  interceptor: ActivityInterceptorsFactory;
  /** Waits for skipped time to pass, and helps it on where nothing is left that could hold it up. */
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

/** True: a workflow task is scheduled or runs. */
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
