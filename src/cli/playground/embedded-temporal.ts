import { Client, Connection } from '@temporalio/client';
import { dialled } from '../../client-library/dial.ts';
import type { Environment } from '../../config/index.ts';
import { unquoted } from '../../config/pasted.ts';
import { type DevServer, startDevServer } from '../../embedded/dev-server.ts';
import { ensureFree } from '../../embedded/free-port.ts';
import { provisionDevServer } from '../../embedded/provision.ts';
import { withProgressLines } from '../../embedded/progress-lines.ts';
import { ensureSearchAttributes } from '../../worker-host/search-attributes.ts';
import { messageOf } from '../../client-library/grpc.ts';
import { EXIT } from '../exit-code.ts';
import { CommandError, UsageError } from '../failure.ts';
import type { Teardown } from './teardown.ts';

export const NAMESPACE = 'default';

/** A running development server. */
export interface EmbeddedTemporal {
  server: DevServer;
  client: Client;
  /** The last lines of the server's own output. */
  lastLines: () => string[];
}

interface Ports {
  port: number;
  uiPort: number;
}

/** How to start the development server of `up` and `demo`. */
export interface EmbeddedOptions {
  env: Environment;
  say: (line: string) => void;
  /** Ports to use if they are free. Default, or if they are in use: any free port. */
  wishes?: Ports;
  /** Ports that a person has typed. A port in use is an error; 0: any free port. */
  named?: Partial<Ports>;
  dbFile?: string;
  teardown: Teardown;
}

const KEPT_LINES = 20;
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
  const { path, from } = await provisionDevServer({ env: { ...env, ...pathsOf(env) }, say });
  say(`starting Temporal's development server (${from}: ${path})`);
  const lines: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  const life = { say, everyMs: PROGRESS_LINE_MS, what: 'starting the server', doing: () => '' };
  const server = await withProgressLines(life, () =>
    startDevServer({ executable: path, ui: true, ...ports, log, ...(dbFile === undefined ? {} : { dbFile }) }).catch(
      (error: unknown) => {
        throw notStarted(error);
      },
    ),
  );
  // Without a database, the server is killed at once. A database must be closed, which takes seconds.
  teardown.add(() => (dbFile === undefined ? killed(server) : server.stop()));
  const connection = await Connection.connect(dialled({ address: server.address }));
  teardown.add(() => connection.close());
  await ensureSearchAttributes(connection, NAMESPACE);
  return { server, client: new Client({ connection, namespace: NAMESPACE }), lastLines: () => [...lines] };
}

async function portsOf({ wishes, named = {}, say }: EmbeddedOptions): Promise<Ports> {
  if (named.port !== undefined && named.port !== 0 && named.port === named.uiPort)
    throw new UsageError(`--port and --ui-port are both ${named.port}`, 'choose another one for --ui-port');
  const one = (option: string, name: keyof Ports): Promise<number> => {
    const port = named[name];
    return port === undefined ? freeOrAny(wishes?.[name] ?? 0, say) : portNamed(option, port);
  };
  const [port, uiPort] = await Promise.all([one('--port', 'port'), one('--ui-port', 'uiPort')]);
  return { port, uiPort };
}

async function portNamed(option: string, port: number): Promise<number> {
  if (port === 0) return 0;
  await ensureFree(port).catch((cause: unknown) => {
    const { code } = (cause as { cause?: NodeJS.ErrnoException }).cause ?? {};
    const facts = {
      code: 'port-taken',
      exitCode: EXIT.usage,
      hint: `choose another port by ${option}, or 0 for a free one`,
    };
    throw new CommandError(`${option} ${port} cannot be listened at: ${code ?? messageOf(cause)}`, facts, { cause });
  });
  return port;
}

async function freeOrAny(port: number, say: (line: string) => void): Promise<number> {
  if (port === 0) return 0;
  try {
    await ensureFree(port);
    return port;
  } catch {
    say(`port ${port} is taken; a free one is used instead`);
    return 0;
  }
}

async function killed(server: DevServer): Promise<void> {
  server.kill();
  await server.exited;
}

function notStarted(error: unknown): CommandError {
  const message = `the development server did not start: ${messageOf(error)}`;
  return new CommandError(message, { code: 'server-not-started', exitCode: EXIT.unreachable }, { cause: error });
}
