import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { addControlRoutes } from './control/routes.ts';
import type { SimulatorControl } from './control/interface.ts';
import { serve } from './http/exchange.ts';
import { closeListener, listen, trackSockets } from './http/listener.ts';
import { createLocalControl, type Listening } from './control/local.ts';
import type { Credential, Service } from './model.ts';
import { startRedirectTrap } from './http/redirect-trap.ts';
import { createStateFile } from './state/file.ts';
import { createWorld, restore, stateOf, type World } from './state/world.ts';

export type { CreatedJob, CreateJob, JobTruth, SimulatorControl } from './control/interface.ts';
export { DEEPWRITER_API_KEY, DEEPWRITER_JWT, OTHER_DEEPWRITER_API_KEY } from './deepwriter/credentials.ts';
export {
  DOCSWRITE_ORG_KEY,
  DOCSWRITE_SITE_TOKEN,
  OTHER_DOCSWRITE_ORG_KEY,
  OTHER_DOCSWRITE_SITE_TOKEN,
} from './docswrite/credentials.ts';
export type { Credential, Ending, Fault, RequestEntry, Service, Step } from './model.ts';

/** How to start a simulator. */
export interface SimulatorOptions {
  service: Service;
  /** Default, or 0: any free port. */
  port?: number;
  /** Default: `127.0.0.1`. */
  host?: string;
  /** The clock, ms since the epoch. The control API can shift it. Default: `Date.now`. */
  now?: () => number;
  /** The seed of job ids. Default: 1. */
  seed?: number;
  /** A file that keeps the state over a restart, without the request log. Default: none. */
  statePath?: string;
  /** Default: those of the service's credentials.ts. */
  credentials?: readonly Credential[];
}

/** A running simulator. */
export interface Simulator {
  /** The base URL, without a trailing slash. */
  url: string;
  port: number;
  control: SimulatorControl;
  /** Closes all connections. The state is kept in the file, if there is one. */
  close(): Promise<void>;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** The control API runs on hono. The service answers on the raw socket, because many of its answers are not valid HTTP. */
function createListener(world: World, control: SimulatorControl, around: Parameters<typeof serve>[2]): RequestListener {
  const app = new Hono();
  addControlRoutes(app, control);
  const answerControl = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return (incoming, outgoing) => {
    const answering = incoming.url?.startsWith('/_control/')
      ? answerControl(incoming, outgoing)
      : textOf(incoming).then((bodyText) => serve(world, { incoming, outgoing, bodyText }, around));
    answering.catch((error: unknown) => {
      if (outgoing.headersSent || outgoing.destroyed) {
        outgoing.destroy(); // the client has closed the connection
      } else {
        outgoing.statusCode = 500;
        outgoing.end(`simulator: ${String(error)}`);
      }
    });
  };
}

function createListening(at: {
  server: () => Server;
  sockets: () => ReturnType<typeof trackSockets>;
  port: () => number;
  host: string;
  keep: () => void;
}): Listening & { stop(): void } {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const resume = async (): Promise<void> => {
    stop();
    if (!at.server().listening) await listen(at.server(), at.port(), at.host);
  };
  return {
    stop,
    resume,
    keep: at.keep,
    async pause(forMs) {
      stop();
      await closeListener(at.server(), at.sockets());
      if (forMs !== undefined) timer = setTimeout(() => void resume(), forMs);
    },
  };
}

/** Starts a simulator of one service on a real socket. @throws the system's error if it cannot listen */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { service, host = '127.0.0.1', now = Date.now, seed = 1, credentials } = options;
  const world = createWorld({ service, now, seed, credentials });
  const file = createStateFile(options.statePath, () => stateOf(world));
  const kept = file.read();
  if (kept !== null) restore(world, kept);
  const trap = await startRedirectTrap(world, host);
  let port = 0;
  const selfOrigin = (): string => `http://${host}:${port}`;
  const listening = createListening({
    server: () => server,
    sockets: () => sockets,
    port: () => port,
    host,
    keep: () => file.writeNow(),
  });
  const control = createLocalControl(world, listening);
  const listener = createListener(world, control, {
    selfOrigin,
    trapPort: () => trap.port,
    changed: () => file.writeSoon(),
  });
  const server = createServer(listener);
  const sockets = trackSockets(server);
  port = await listen(server, options.port ?? 0, host);
  return {
    url: selfOrigin(),
    port,
    control,
    async close() {
      listening.stop();
      await Promise.all([closeListener(server, sockets), trap.close()]);
      file.close();
    },
  };
}
