import { createServer, type AddressInfo } from 'node:net';

/** Asks the system for a port that nobody listens on. Another process may still take it first: retry the start. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * Makes sure that a port is free. Else a server that answers there already would be taken for the one being started.
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

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
