import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../config/index.ts';
import type { Child } from '../../embedded/child.ts';
import { startChild } from '../../embedded/child.ts';
import { EXIT } from '../exit-code.ts';
import { CommandError } from '../failure.ts';
import { without } from './child-environment.ts';
import { ownProgram } from './own-program.ts';

/** Starts a worker as a process of its own; `onLine` takes what it logs. */
export function startWorker(env: Environment, onLine: (line: string) => void): Promise<Child> {
  const { command, args } = ownProgram('worker');
  // It ends with this process, and does not look for an npm that started this one.
  return startChild(command, args, { env: without(env, 'npm_'), onLine });
}

/** It ends what hangs, and judges no machine: one that loads all for the first time may need minutes. */
const READY_MS = 10 * 60_000;
const LOOK_EVERY_MS = 200;

/**
 * Waits until this very worker polls for workflows: the server lists dead ones for minutes.
 * @throws CommandError with its last lines if it ends before, or takes longer than ten minutes
 */
export async function untilPolling(client: Client, taskQueue: string, worker: Child): Promise<void> {
  const life = { ended: false };
  void worker.exited.then(() => (life.ended = true));
  const untilMs = Date.now() + READY_MS;
  while (!life.ended && Date.now() < untilMs) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
    });
    if (pollers?.some(({ identity }) => identity?.startsWith(`${worker.pid}@`))) return;
    await Promise.race([sleep(LOOK_EVERY_MS), worker.exited]);
  }
  const what = life.ended ? 'ended while it started' : `was not ready within ${READY_MS / 60_000} min`;
  throw workerError(`the worker ${what}`, worker);
}

export function workerError(what: string, worker: Child): CommandError {
  const lines = worker.lastLines().slice(-20);
  const said = lines.length === 0 ? '' : `; it said last:\n${lines.join('\n')}`;
  return new CommandError(`${what}${said}`, { code: 'worker-unreachable', exitCode: EXIT.unreachable });
}
