import { startChild, type Child, type ChildExit } from './child.ts';
import { ensureFree, freePort } from './free-port.ts';
import { EndedEarlyError, untilServing } from './serving.ts';

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
  /** Sends SIGTERM, and SIGKILL after 10 s. Resolves when the ports are free, usually after 4 s. */
  stop(): Promise<void>;
  /** Sends SIGKILL at once. A database file survives it. */
  kill(): void;
};

// Only the new matcher respects priority keys: with them, a poll after a signal comes before polls that wait for the budget.
const ownConfig = { 'matching.useNewMatcher': true };
const host = '127.0.0.1';

type Ports = { port: number; uiPort: number | null };

/**
 * Starts `temporal server start-dev`, and waits until it is healthy.
 * @throws Error if a given port is in use; or with the server's last lines, if it ends early or is not healthy in time
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  // A port that was free before may be in use when the server binds it. This also holds for the ports of its inner services.
  for (let attempt = 1; ; attempt++) {
    const ports = {
      port: options.port || (await freePort()),
      uiPort: hasUi(options) ? options.uiPort || (await freePort()) : null,
    };
    try {
      return await startOn(ports, options);
    } catch (error) {
      if (attempt === 3 || !(error instanceof EndedEarlyError)) throw error;
    }
  }
}

function hasUi({ ui, uiPort }: DevServerOptions): boolean {
  return ui ?? uiPort !== undefined;
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
  return serverOf(child, { address, uiUrl: ports.uiPort === null ? null : `http://${host}:${ports.uiPort}` });
}

function serverOf(child: Child, { address, uiUrl }: { address: string; uiUrl: string | null }): DevServer {
  return {
    address,
    uiUrl,
    pid: child.pid,
    exited: child.exited,
    kill: () => child.kill(),
    stop: async () => void (await child.stop()),
  };
}

function argumentsOf({ port, uiPort }: Ports, options: DevServerOptions): string[] {
  const args = ['server', 'start-dev', '--ip', host, '--port', String(port), '--log-level', 'warn'];
  args.push('--namespace', options.namespace ?? 'default');
  args.push(...(uiPort === null ? ['--headless'] : ['--ui-ip', host, '--ui-port', String(uiPort)]));
  if (options.dbFile !== undefined) args.push('--db-filename', options.dbFile);
  for (const [name, value] of Object.entries(options.pragmas ?? {})) args.push('--sqlite-pragma', `${name}=${value}`);
  for (const [key, value] of Object.entries({ ...ownConfig, ...options.dynamicConfig })) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  return args;
}
