import { setTimeout as sleep } from 'node:timers/promises';
import { ACCOUNT_PREFIXES, TOKEN_VARIABLES } from '../../config/account-settings.ts';
import { type Environment, loadConfig } from '../../config/index.ts';
import type { Child } from '../../embedded/child.ts';
import { type Act, type CommandContext, refuseServerOptions } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { CommandError } from '../failure.ts';
import { taskQueueOf } from '../connection.ts';
import { listText } from '../views/text.ts';
import { atServer, without } from './child-environment.ts';
import { type EmbeddedTemporal, NAMESPACE, startTemporal } from './embedded-temporal.ts';
import { simulatedAccounts, simulatorGuide, type Simulators, startSimulators } from './simulators.ts';
import { createTeardown, type Teardown } from './teardown.ts';
import { startWorker, untilPolling, workerError } from './worker-process.ts';

export interface UpOptions {
  simulate?: true;
  db?: string;
  port?: number;
  uiPort?: number;
}

/** The usual ports of a development server, which are the defaults of Temporal's clients. */
const WISHES = { port: 7233, uiPort: 8233 };

/** Runs a server and a worker until a request to stop, and then stops both. */
export const up: Act<UpOptions> = async (context, options) => {
  refuseServerOptions(options, 'up');
  const teardown = createTeardown();
  const { unlessStopped, happened } = context.interruption();
  try {
    const stage = await unlessStopped(setUp(context, options, teardown));
    const working = keepWorker(context, stage, teardown);
    await Promise.race([happened, working, serverEnd(stage.temporal)]);
    return EXIT.done;
  } finally {
    await teardown.run();
  }
};

/** Defaults: the SDK's log lines of a healthy worker would hide what a person looks for. */
const QUIET = { JOBTRACK_LOG_FORMAT: 'pretty', JOBTRACK_LOG_LEVEL: 'warn' };

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
  const statePrefix = db === undefined ? {} : { statePrefix: db };
  const simulators = simulate === true ? await startSimulators({ teardown, ...statePrefix }) : null;
  const accounts =
    simulators === null ? env : { ...without(env, ...ACCOUNT_PREFIXES), ...simulatedAccounts(simulators) };
  const known = loadConfig(accounts).accounts; // first, so that problems are reported at once
  if (known.length === 0) {
    output.note(
      `warning: no account is configured, so no job can be followed; set ${listText(TOKEN_VARIABLES, 'or')}, or use --simulate`,
    );
  }
  const dbFile = db === undefined ? {} : { dbFile: db };
  const named = { ...(port === undefined ? {} : { port }), ...(uiPort === undefined ? {} : { uiPort }) };
  const temporal = await startTemporal({ env, say: output.note, wishes: WISHES, named, teardown, ...dbFile });
  const workerEnv = { ...QUIET, ...atServer(accounts, temporal.server.address) };
  return { temporal, simulators, workerEnv, taskQueue, dbFile: db ?? null };
}

async function serverEnd({ server, lastLines }: EmbeddedTemporal): Promise<never> {
  const { code, signal } = await server.exited;
  const lines = lastLines().join('\n');
  const message = `Temporal's server ended (${signal ?? `code ${String(code)}`})${lines === '' ? '' : `; it said last:\n${lines}`}`;
  throw new CommandError(message, { code: 'server-ended', exitCode: EXIT.unreachable });
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** If a worker ran longer than this, its end is not a problem of its start. */
const SOUND_MS = 60_000;

/** Keeps a worker running. @throws CommandError if the first worker does not start, or if a worker refuses its configuration */
async function keepWorker(context: CommandContext, stage: Stage, teardown: Teardown): Promise<never> {
  const { signal } = context.interruption();
  const current: { worker: Child | null } = { worker: null };
  teardown.add(() => current.worker?.stop());
  let pauseMs = FIRST_PAUSE_MS;
  for (let count = 1; ; count++) {
    const startedAtMs = Date.now();
    const worker = await startWorker(stage.workerEnv, (line) => context.output.note(`worker | ${line}`));
    current.worker = worker;
    if (signal.aborted) await worker.stop();
    const polling = untilPolling(stage.temporal.client, stage.taskQueue, worker);
    if (count === 1) await polling.then(() => announceReady(context, stage, worker));
    else await polling.then(() => context.output.note(`worker ready (pid ${worker.pid})`)).catch(() => undefined);
    const { code, signal: how } = await worker.exited;
    if (signal.aborted) return new Promise(() => {}); // `up` has ended its wait, and tears down
    if (code === EXIT.usage) throw workerError('the worker cannot be configured', worker);
    if (Date.now() - startedAtMs > SOUND_MS) pauseMs = FIRST_PAUSE_MS;
    context.output.note(
      `the worker ended (${how ?? `code ${String(code)}`}); a new one starts in ${pauseMs / 1_000} s`,
    );
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function announceReady({ output }: CommandContext, stage: Stage, worker: Child): void {
  const { temporal, simulators, taskQueue, dbFile } = stage;
  const { address, uiUrl, pid } = temporal.server;
  const urls =
    simulators === null ? null : { docswrite: simulators.docswrite.url, deepwriter: simulators.deepwriter.url };
  const text = [
    `Temporal   ${address}, kept ${dbFile === null ? 'in memory only' : `in ${dbFile}`}`,
    `UI         ${uiUrl ?? 'none'}`,
    `worker     pid ${worker.pid}, task queue ${taskQueue}`,
    ...(urls === null ? [] : [`docswrite  ${urls.docswrite} (simulated)`, `deepwriter ${urls.deepwriter} (simulated)`]),
    ...(address.endsWith(`:${WISHES.port}`) ? [] : [`For other commands: export TEMPORAL_ADDRESS=${address}`]),
    ...(simulators === null ? [] : [simulatorGuide(simulators)]),
    'Ready. Ctrl-C stops everything.',
  ].join('\n');
  const pids = { serverPid: pid, workerPid: worker.pid };
  output.answer({ address, namespace: NAMESPACE, ui: uiUrl, taskQueue, ...pids, db: dbFile, simulators: urls }, text);
}
