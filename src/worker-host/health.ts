import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { maskKnown } from '../process/masking.ts';
import type { Capacity } from './capacity.ts';

/** What a worker says of itself. */
export interface WorkerStatus {
  state: 'starting' | 'serving' | 'draining' | 'stopped';
  /** Whether Temporal has answered within the last 25 s. */
  connected: boolean;
  /** One for each task queue. */
  queues: readonly { taskQueue: string; runState: string; polling: boolean; inFlight: number }[];
  /** Intervals waited out here now. */
  holding: number;
  /** What fits into the memory of the process. */
  capacity: Capacity;
  /** What a person should know of a worker that serves all the same. */
  warnings: readonly string[];
}

export interface HealthServer {
  /** `host:port`, as bound. */
  address: string;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (200 while the process should live) and `/readyz` (200 while it serves: connected, every queue polled; the attributes were there when it started), both with the
 * status as JSON. Nothing in it is secret.
 * @param address `host:port`; port 0: any free one
 */
export async function startHealthServer(address: string, status: () => WorkerStatus): Promise<HealthServer> {
  const { hostname, port } = new URL(`http://${address}`);
  const server = createServer((request, response) => {
    const now = status();
    const checks: Record<string, boolean> = { '/healthz': isAlive(now), '/readyz': isReady(now) };
    const good = checks[request.url ?? ''];
    const code = good === undefined ? 404 : good ? 200 : 503;
    response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(maskKnown(JSON.stringify(good === undefined ? { error: 'only /healthz and /readyz are here' } : now)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(Number(port), hostname.replaceAll(/[[\]]/g, ''), resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: `${hostname}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A worker that drains is alive: to kill it would cut off what it finishes. */
function isAlive({ state, queues }: WorkerStatus): boolean {
  return state !== 'stopped' && queues.every(({ runState }) => runState !== 'FAILED');
}

function isReady({ state, connected, queues }: WorkerStatus): boolean {
  return state === 'serving' && connected && queues.every(({ polling }) => polling);
}
