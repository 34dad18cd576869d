import { setTimeout as sleep } from 'node:timers/promises';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.ts';
import type { Outages } from './outages.ts';

export interface ServerProcess {
  readonly address: string;
  /** Kills the server by SIGKILL, and starts it on the same port and file after `downMs`. @returns false: it was not up */
  kill(downMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

export interface ServerSite {
  executable: string;
  dbFile: string;
  outages: Outages;
  log: (line: string) => void;
  onOwnEnd: (told: string) => void;
}

/** Starts a development server with a database file. The file survives each kill. */
export async function startServerProcess(site: ServerSite): Promise<ServerProcess> {
  const { executable, dbFile, log } = site;
  let isUp = true;
  let isStopping = false;
  const watch = (server: DevServer): DevServer => {
    void server.exited.then((exit) => isUp && site.onOwnEnd(`the server ended by itself: ${JSON.stringify(exit)}`));
    return server;
  };
  let server = watch(await startDevServer({ executable, dbFile, log }));
  const { address } = server;
  const port = Number(address.split(':').at(-1));
  return {
    address,
    kill: async (downMs) => {
      if (!isUp) return false;
      isUp = false;
      const back = site.outages.begin('server');
      server.kill();
      await server.exited;
      await sleep(downMs);
      if (isStopping) return false;
      server = await startDevServer({ executable, dbFile, port, log });
      isUp = true;
      watch(server);
      back();
      return true;
    },
    stop: async () => {
      isUp = false;
      isStopping = true;
      server.kill();
      await server.exited;
    },
  };
}
