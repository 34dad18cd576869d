import { setTimeout as sleep } from 'node:timers/promises';
import { ACCOUNT_PREFIXES, TOKEN_VARIABLES } from '../../config/account-settings.ts';
import { type Environment, loadConfig } from '../../config/index.ts';
import type { Child, ChildExit } from '../../embedded/child.ts';
import type { DevServer } from '../../embedded/dev-server.ts';
import type { CommandContext } from '../command.ts';
import { taskQueueOf } from '../connection.ts';
import { NEXUS_ENDPOINT } from '../../nexus/service.ts';
import { ensureNexusEndpoint } from '../../worker-host/nexus-endpoint.ts';
import { EXIT } from '../exit.ts';
import { listText } from '../views/text.ts';
import { type EmbeddedTemporal, NAMESPACE, startTemporal } from './embedded-temporal.ts';
import { simulatedAccounts, simulatorGuide, type Simulators, startSimulators, urlsOf } from './simulators.ts';
import type { Play, Teardown } from './teardown.ts';
import { atServer, processError, startWorker, untilPolling, without } from './worker-process.ts';

interface UpOptions {
  simulate?: true;
  db?: string;
  port?: number;
  uiPort?: number;
}

/** The usual ports of a development server, which are the defaults of Temporal's clients. */
const WISHES = { port: 7233, uiPort: 8233 };

/** Runs a server and a worker until a request to stop. */
export const up: Play<UpOptions> = async (context, options, teardown) => {
  const { unlessStopped, happened } = context.interruption();
  const stage = await unlessStopped(setUp(context, options, teardown));
  const working = keepWorker(context, stage, teardown);
  await Promise.race([happened, working, serverEnd(stage.temporal.server)]);
  return EXIT.done;
};

/** Defaults: the SDK's log lines of a healthy worker would hide what a person looks for. */
const DEFAULTS = { JOBTRACK_LOG_FORMAT: 'pretty', JOBTRACK_LOG_LEVEL: 'warn', JOBTRACK_NEXUS: 'on' };

interface Stage {
  temporal: EmbeddedTemporal;
  simulators: Simulators | null;
  workerEnv: Environment;
  taskQueue: string;
  dbFile: string | null;
}

async function setUp({ env, output }: CommandContext, options: UpOptions, teardown: Teardown): Promise<Stage> {
  const { simulate, db, port, uiPort } = options;
  const taskQueue = taskQueueOf(env);
  const simulators = simulate === true ? await startSimulators({ teardown, statePrefix: db }) : null;
  const accounts =
    simulators === null ? env : { ...without(env, ...ACCOUNT_PREFIXES), ...simulatedAccounts(simulators) };
  const known = loadConfig(accounts).accounts; // first, so that problems are reported at once
  if (known.length === 0) {
    output.note(
      `warning: no account is configured, so no job can be followed; set ${listText(TOKEN_VARIABLES, 'or')}, or use --simulate`,
    );
  }
  const named = { port, uiPort };
  const temporal = await startTemporal({ env, say: output.note, wishes: WISHES, named, teardown, dbFile: db });
  await ensureNexusEndpoint(temporal.connection, { namespace: NAMESPACE, taskQueue });
  const workerEnv = { ...DEFAULTS, ...atServer(accounts, temporal.server.address) };
  return { temporal, simulators, workerEnv, taskQueue, dbFile: db ?? null };
}

async function serverEnd(server: DevServer): Promise<never> {
  throw processError(`Temporal's server ended (${exitText(await server.exited)})`, server, 'server-ended');
}

function exitText({ code, signal }: ChildExit): string {
  return signal ?? `code ${String(code)}`;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** If a worker ran longer than this, its end is not a problem of its start. */
const SOUND_MS = 60_000;

/** Keeps a worker running. @throws CommandError if the first worker does not start, or if a worker refuses its configuration */
async function keepWorker(context: CommandContext, stage: Stage, teardown: Teardown): Promise<never> {
  const { note } = context.output;
  const { signal } = context.interruption();
  const current: { worker: Child | null } = { worker: null };
  teardown.add(() => current.worker?.stop());
  let pauseMs = FIRST_PAUSE_MS;
  for (let count = 1; ; count++) {
    const startedAtMs = Date.now();
    const worker = await startWorker(stage.workerEnv, (line) => note(`worker | ${line}`));
    current.worker = worker;
    if (signal.aborted) await worker.stop();
    const polling = untilPolling(stage.temporal.client, stage.taskQueue, worker);
    if (count === 1) await polling.then(() => announceReady(context, stage, worker));
    else await polling.then(() => note(`worker ready (pid ${worker.pid})`)).catch(() => undefined);
    const exit = await worker.exited;
    if (signal.aborted) return new Promise(() => {}); // `up` has ended its wait, and tears down
    if (exit.code === EXIT.usage) throw processError('the worker cannot be configured', worker, 'worker-unreachable');
    if (Date.now() - startedAtMs > SOUND_MS) pauseMs = FIRST_PAUSE_MS;
    note(`the worker ended (${exitText(exit)}); a new one starts in ${pauseMs / 1_000} s`);
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function announceReady({ output }: CommandContext, stage: Stage, worker: Child): void {
  const { temporal, simulators, taskQueue, dbFile } = stage;
  const { address, uiUrl, pid } = temporal.server;
  const urls = simulators === null ? null : urlsOf(simulators);
  const text = [
    `Temporal   ${address}, kept ${dbFile === null ? 'in memory only' : `in ${dbFile}`}`,
    `UI         ${uiUrl ?? 'none'}`,
    `worker     pid ${worker.pid}, task queue ${taskQueue}`,
    `Nexus      endpoint ${NEXUS_ENDPOINT}`,
    ...Object.entries(urls ?? {}).map(([name, url]) => `${name.padEnd(10)} ${url} (simulated)`),
    ...(address.endsWith(`:${WISHES.port}`) ? [] : [`For other commands: export TEMPORAL_ADDRESS=${address}`]),
    ...(simulators === null ? [] : [simulatorGuide(simulators)]),
    'Ready. Ctrl-C stops everything.',
  ].join('\n');
  const pids = { serverPid: pid, workerPid: worker.pid };
  output.answer({ address, namespace: NAMESPACE, ui: uiUrl, taskQueue, ...pids, db: dbFile, simulators: urls }, text);
}
