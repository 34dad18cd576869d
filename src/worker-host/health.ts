import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { maskKnown } from '../process/masking.ts';
import type { Capacity } from './capacity.ts';

/** The status that a worker reports. */
export interface WorkerStatus {
  /** `draining`: it finishes what is under way, and takes nothing new. */
  state: 'starting' | 'serving' | 'draining' | 'stopped';
  /** Whether Temporal has answered within the last 25 s. */
  connected: boolean;
  /** One for each task queue. */
  queues: readonly { taskQueue: string; runState: string; polling: boolean; inFlight: number }[];
  /** Current holds. */
  holding: number;
  /** The most holds and cached workflows. */
  capacity: Capacity;
  /** Problems with which the worker still serves, such as a configuration without an account. */
  warnings: readonly string[];
}

/**
 * Serves `/healthz` and `/readyz`, both with the status as JSON, without secrets. `/healthz` is 200 while the process should live.
 * `/readyz` is 200 while the worker is connected and polls every queue.
 * @param address `host:port`; port 0: any free port
 * @returns the address as bound, and a function that closes it
 * @throws the system's error if it cannot listen there
 */
export async function startHealthServer(address: string, status: () => WorkerStatus) {
  const { hostname, port } = new URL(`http://${address}`);
  const server = createServer((request, response) => {
    const now = status();
    const checks: Record<string, boolean> = { '/healthz': isAlive(now), '/readyz': isReady(now) };
    const good = checks[request.url ?? ''];
    const code = good === undefined ? 404 : good ? 200 : 503;
    response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(maskKnown(JSON.stringify(good === undefined ? { error: 'only /healthz and /readyz are here' } : now)));
  });
  await once(server.listen(Number(port), hostname.replaceAll(/[[\]]/g, '')), 'listening');
  const bound = server.address() as AddressInfo;
  return {
    address: `${hostname}:${bound.port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** A draining worker is alive, so that it is not killed before it has finished. */
function isAlive({ state, queues }: WorkerStatus): boolean {
  return state !== 'stopped' && queues.every(({ runState }) => runState !== 'FAILED');
}

function isReady({ state, connected, queues }: WorkerStatus): boolean {
  return state === 'serving' && connected && queues.every(({ polling }) => polling);
}
