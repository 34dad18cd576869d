import { Client, Connection } from '@temporalio/client';
import { dialled } from '../../client-library/dial.ts';
import { messageOf } from '../../client-library/grpc.ts';
import type { Environment } from '../../config/index.ts';
import { unquoted } from '../../config/pasted.ts';
import { type DevServer, startDevServer } from '../../embedded/dev-server.ts';
import { ensureFree } from '../../embedded/free-port.ts';
import { provisionDevServer } from '../../embedded/provision.ts';
import { withProgressLines } from '../../embedded/progress-lines.ts';
import { ensureSearchAttributes } from '../../worker-host/search-attributes.ts';
import { CommandError, EXIT, UsageError } from '../exit.ts';
import type { Teardown } from './teardown.ts';

export const NAMESPACE = 'default';

/** A running development server. */
export interface EmbeddedTemporal {
  server: DevServer;
  connection: Connection;
  client: Client;
}

interface Ports {
  port: number;
  uiPort: number;
}

/** How to start the development server of `up` and `demo`. */
interface EmbeddedOptions {
  env: Environment;
  say: (line: string) => void;
  /** Ports to use if they are free. Default, or if they are in use: any free port. */
  wishes?: Ports;
  /** Ports that a person has typed. A port in use is an error; 0: any free port. */
  named?: Partial<Ports>;
  /** Default: in memory. */
  dbFile?: string | undefined;
  teardown: Teardown;
}

const PROGRESS_LINE_MS = 2_000;

/** People paste paths, so they are cleaned as other values are. */
function pathsOf(env: Environment): Record<string, string> {
  const names = ['TEMPORAL_CLI_PATH', 'JOBTRACK_CACHE_DIR'];
  return Object.fromEntries(names.map((name) => [name, unquoted(env[name] ?? '')]));
}

/** Starts a development server. @throws ProvisionError; UsageError; CommandError if a port is in use or the server does not start */
export async function startTemporal(options: EmbeddedOptions): Promise<EmbeddedTemporal> {
  const { env, say, dbFile, teardown } = options;
  const ports = await portsOf(options); // first, so that a port in use is reported at once
  const { path: executable, from } = await provisionDevServer({ env: { ...env, ...pathsOf(env) }, say });
  say(`starting Temporal's development server (${from}: ${executable})`);
  const life = { say, everyMs: PROGRESS_LINE_MS, what: 'starting the server', doing: () => '' };
  const start = (): Promise<DevServer> => startDevServer({ executable, ui: true, ...ports, dbFile });
  const server = await withProgressLines(life, start).catch((cause: unknown) => {
    const facts = { code: 'server-not-started', exitCode: EXIT.unreachable };
    throw new CommandError(`the development server did not start: ${messageOf(cause)}`, facts, { cause });
  });
  teardown.add(() => {
    if (dbFile !== undefined) return server.stop(); // a database must be closed, which takes seconds
    server.kill();
    return server.exited;
  });
  const connection = await Connection.connect(dialled({ address: server.address }));
  teardown.add(() => connection.close());
  await ensureSearchAttributes(connection, NAMESPACE);
  return { server, connection, client: new Client({ connection, namespace: NAMESPACE }) };
}

async function portsOf({ wishes, named = {}, say }: EmbeddedOptions): Promise<Ports> {
  if (named.port !== undefined && named.port !== 0 && named.port === named.uiPort)
    throw new UsageError(`--port and --ui-port are both ${named.port}`, 'choose another one for --ui-port');
  const one = async (option: string, name: keyof Ports): Promise<number> => {
    const port = named[name] ?? wishes?.[name] ?? 0;
    if (port === 0) return 0;
    try {
      await ensureFree(port);
      return port;
    } catch (error) {
      if (named[name] !== undefined) throw portTaken(option, port, error);
      say(`port ${port} is taken; a free one is used instead`);
      return 0;
    }
  };
  const [port, uiPort] = await Promise.all([one('--port', 'port'), one('--ui-port', 'uiPort')]);
  return { port, uiPort };
}

function portTaken(option: string, port: number, cause: unknown): CommandError {
  const { code } = (cause as { cause?: NodeJS.ErrnoException }).cause ?? {};
  const hint = `choose another port by ${option}, or 0 for a free one`;
  const facts = { code: 'port-taken', exitCode: EXIT.usage, hint };
  return new CommandError(`${option} ${port} cannot be listened at: ${code ?? messageOf(cause)}`, facts, { cause });
}
