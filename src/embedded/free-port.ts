import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** @returns a free port. Another process may take it before the caller does, so the caller must retry. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * Checks that a port is free. Otherwise another server on it could be mistaken for the one that is started.
 * @throws Error that names the port
 */
export async function ensureFree(port: number): Promise<void> {
  await listenOnce(port).catch((cause: unknown) => {
    const reason = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'address already in use' : String(cause);
    throw new Error(`Cannot listen on port ${port}: ${reason}. Stop what listens there, or choose another port.`, {
      cause,
    });
  });
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return bound;
}
