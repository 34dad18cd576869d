import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { withCleanUp } from '../process/clean-up.ts';
import { startChild, type Child, type ChildExit } from './child.ts';
import { ensureFree, freePort } from './free-port.ts';

/** How to start a development server. */
export type DevServerOptions = {
  executable: string; // see provisionDevServer
  dbFile?: string; // default: in memory. The data is lost when the server stops, or when a transaction times out on a very busy machine
  pragmas?: Record<string, string>; // SQLite pragmas for dbFile
  port?: number; // default, or 0: a free port
  ui?: boolean; // default: true if `uiPort` is given
  uiPort?: number; // default, or 0: a free port
  namespace?: string; // default: 'default'
  dynamicConfig?: Record<string, unknown>; // added to ours
  log?: (line: string) => void; // receives the server's output, from level WARN
  startTimeoutMs?: number; // default: 60 s
};

/** A running development server. */
export type DevServer = {
  readonly address: string;
  readonly uiUrl: string | null;
  readonly pid: number;
  /** Resolves when the server has ended for any reason. */
  readonly exited: Promise<ChildExit>;
  /** The last 50 lines of its output. */
  lastLines: () => string[];
  /** Sends SIGTERM, and SIGKILL after 10 s. Resolves when the ports are free, usually after 4 s. */
  stop(): Promise<void>;
  /** Sends SIGKILL at once. A database file survives it. */
  kill(): void;
};

// Only the new matcher respects priority keys, with which an urgent poll comes first, and fairness keys, with which accounts take turns.
const ownConfig = { 'matching.useNewMatcher': true, 'matching.enableFairness': true };
const host = '127.0.0.1';

type Ports = { port: number; uiPort: number | null };

/**
 * Starts `temporal server start-dev`, and waits until it is healthy.
 * @throws Error if a given port is in use; or with the server's last lines, if it ends early or is not healthy in time
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { ui = options.uiPort !== undefined } = options;
  // A port that was free before may be in use when the server binds it. This also holds for the ports of its inner services.
  for (let attempt = 1; ; attempt++) {
    const port = options.port || (await freePort());
    const uiPort = ui ? options.uiPort || (await freePort()) : null;
    try {
      return await startOn({ port, uiPort }, options);
    } catch (error) {
      if (attempt === 3 || !(error instanceof EndedEarlyError)) throw error;
    }
  }
}

async function startOn(ports: Ports, options: DevServerOptions): Promise<DevServer> {
  const { namespace = 'default', startTimeoutMs: timeoutMs = 60_000, log } = options;
  const address = `${host}:${ports.port}`;
  await ensureFree(ports.port);
  if (ports.uiPort !== null) await ensureFree(ports.uiPort);
  const child = await startChild(options.executable, argumentsOf(ports, { ...options, namespace }), {
    onLine: (line) => log?.(line),
  });
  try {
    await untilServing({ address, child, timeoutMs, namespace });
  } catch (error) {
    child.kill();
    await child.exited;
    throw error;
  }
  const { pid, exited, lastLines, kill } = child;
  const uiUrl = ports.uiPort === null ? null : `http://${host}:${ports.uiPort}`;
  return { address, uiUrl, pid, exited, lastLines, kill, stop: async () => void (await child.stop()) };
}

function argumentsOf({ port, uiPort }: Ports, options: DevServerOptions & { namespace: string }): string[] {
  const args = ['server', 'start-dev', '--ip', host, '--port', String(port), '--log-level', 'warn'];
  args.push('--namespace', options.namespace);
  args.push(...(uiPort === null ? ['--headless'] : ['--ui-ip', host, '--ui-port', String(uiPort)]));
  if (options.dbFile !== undefined) args.push('--db-filename', options.dbFile);
  for (const [name, value] of Object.entries(options.pragmas ?? {})) args.push('--sqlite-pragma', `${name}=${value}`);
  for (const [key, value] of Object.entries({ ...ownConfig, ...options.dynamicConfig })) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  return args;
}

/** A server that is starting. */
type Awaited = {
  address: string;
  child: Child;
  timeoutMs: number;
  namespace?: string; // if given: wait until it exists and the cluster is healthy
};

const service = 'temporal.api.workflowservice.v1.WorkflowService';
const SERVING = 1; // of grpc.health.v1; the client does not export this enum

/**
 * Waits until the server answers by gRPC.
 * @throws EndedEarlyError if it ends before; Error if it does not answer in time. Both have its last output
 */
export async function untilServing(awaited: Awaited): Promise<void> {
  const { child, timeoutMs } = awaited;
  const deadlineMs = Date.now() + timeoutMs;
  const life = { ended: false };
  void child.exited.then(() => (life.ended = true));
  let why: unknown;
  while (!life.ended && Date.now() < deadlineMs) {
    const answered = ask(awaited).then(
      () => null,
      (error: unknown) => error,
    );
    why = await Promise.race([answered, child.exited]); // a call to a closed port lasts until its timeout
    if (why === null && !life.ended) return;
    await Promise.race([sleep(100), child.exited]);
  }
  const output = `\n${child.lastLines().join('\n')}`.trimEnd();
  if (life.ended) throw new EndedEarlyError(`The server at ${awaited.address} ended while starting.${output}`);
  const reason = String(why).split('\n')[0];
  throw new Error(
    `The server at ${awaited.address} did not answer within ${timeoutMs / 1_000} s (${reason}).${output}`,
  );
}

/** The server's process ended before it served. A retry with other ports may succeed. */
class EndedEarlyError extends Error {
  override readonly name = 'EndedEarlyError';
}

async function ask({ address, namespace }: Awaited): Promise<void> {
  // The server is on this machine, so no proxy is used. `connect` also makes a first call.
  const channelArgs = { 'grpc.enable_http_proxy': 0 };
  const connection = await Connection.connect({ address, channelArgs, connectTimeout: 2_000 });
  const check = async (): Promise<void> => {
    if (namespace === undefined) return;
    await connection.withDeadline(Date.now() + 2_000, async () => {
      const { status } = await connection.healthService.check({ service });
      if ((status as number) !== SERVING) throw new Error(`cluster health is ${String(status)}`);
      await connection.workflowService.describeNamespace({ namespace });
    });
  };
  await withCleanUp(check, () => connection.close());
}
