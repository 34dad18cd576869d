import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../config/index.ts';
import { type Child, startChild } from '../../embedded/child.ts';
import { EXIT } from '../exit-code.ts';
import { CommandError } from '../failure.ts';
import { without } from './child-environment.ts';
import { ownProgram } from './own-program.ts';

/** Starts a worker as a child process. @param onLine receives its log */
export function startWorker(env: Environment, onLine: (line: string) => void): Promise<Child> {
  const { command, args } = ownProgram('worker');
  // It ends with this process. So it must not watch the npm that has started this process.
  return startChild(command, args, { env: without(env, 'npm_'), onLine });
}

/** Only for a worker that hangs. A slow machine may need minutes to load everything for the first time. */
const READY_MS = 10 * 60_000;
const CHECK_EVERY_MS = 200;

/**
 * Waits until this worker polls for workflows. It is found by its pid, because the server lists ended workers for minutes.
 * @throws CommandError with its last lines, if it ends before, or is not ready after ten minutes
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
    await Promise.race([sleep(CHECK_EVERY_MS), worker.exited]);
  }
  const what = life.ended ? 'ended while it started' : `was not ready within ${READY_MS / 60_000} min`;
  throw workerError(`the worker ${what}`, worker);
}

export function workerError(what: string, worker: Child): CommandError {
  const lines = worker.lastLines().slice(-20);
  const last = lines.length === 0 ? '' : `; it said last:\n${lines.join('\n')}`;
  return new CommandError(`${what}${last}`, { code: 'worker-unreachable', exitCode: EXIT.unreachable });
}
