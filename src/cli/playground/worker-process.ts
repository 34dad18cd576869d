import type { Client } from '@temporalio/client';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Environment } from '../../config/index.ts';
import { type Child, startChild } from '../../embedded/child.ts';
import { pollersOf } from '../../worker-host/pollers.ts';
import { CommandError, EXIT } from '../exit.ts';
import { NAMESPACE } from './embedded-temporal.ts';

const isSource = import.meta.url.endsWith('.ts');

/** The command that a person types to run this CLI. */
export const ownCommand = isSource ? 'npx tsx src/cli/main.ts' : 'npx jobtrack';

/** Variables of this machine, not of a server or a tracker. */
const KEPT = ['TEMPORAL_CLI_PATH', 'JOBTRACK_CACHE_DIR', 'JOBTRACK_LOG_LEVEL'];

/** The path of a missing file, which is allowed. The person's own profile could have TLS settings and a key of another server. */
const NO_FILE = fileURLToPath(new URL('no-such-profile.toml', import.meta.url));

/** @returns the environment without the variables of these prefixes, so that settings for another server have no effect */
export function without(env: Environment, ...prefixes: string[]): Environment {
  const kept = Object.entries(env).filter(
    ([name]) => KEPT.includes(name) || !prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

/** @returns the environment for a worker at an embedded server */
export function atServer(env: Environment, address: string): Environment {
  return {
    ...without(env, 'TEMPORAL_'),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_CONFIG_FILE: NO_FILE,
  };
}

/** Starts a worker as a child process: from the sources with tsx, from the build with node alone. @param onLine receives its log */
export function startWorker(env: Environment, onLine: (line: string) => void): Promise<Child> {
  // tsx is given by its path, because the child may run in a folder from which `tsx` cannot be resolved.
  const loader = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  const program = fileURLToPath(new URL(`../../worker.${isSource ? 'ts' : 'js'}`, import.meta.url));
  // It ends with this process. So it must not watch the npm that has started this process.
  return startChild(process.execPath, [...loader, program], { env: without(env, 'npm_'), onLine });
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
  const server = { connection: client.connection, namespace: client.options.namespace };
  while (!life.ended && Date.now() < untilMs) {
    const pollers = await pollersOf(server, { taskQueue, type: 'workflow' });
    if (pollers.some(({ identity }) => identity.startsWith(`${worker.pid}@`))) return;
    await Promise.race([sleep(CHECK_EVERY_MS), worker.exited]);
  }
  const what = life.ended ? 'ended while it started' : `was not ready within ${READY_MS / 60_000} min`;
  throw processError(`the worker ${what}`, worker, 'worker-unreachable');
}

const SHOWN_LINES = 20;

/** @returns an error with the last lines of the process */
export function processError(what: string, ended: Pick<Child, 'lastLines'>, code: string): CommandError {
  const lines = ended.lastLines().slice(-SHOWN_LINES).join('\n');
  const message = lines === '' ? what : `${what}; it said last:\n${lines}`;
  return new CommandError(message, { code, exitCode: EXIT.unreachable });
}
