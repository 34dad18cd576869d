import { request } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectProxy } from './dial.ts';

/** The proxy answered, but refused the tunnel. */
export class TunnelRefusedError extends Error {
  override readonly name = 'TunnelRefusedError';
  readonly status: number;

  constructor(status: number) {
    super(`the proxy answered ${status}`);
    this.status = status;
  }
}

/**
 * Opens a tunnel through a proxy by CONNECT.
 * @param target `host:port`
 * @throws TunnelRefusedError; a system error if the proxy cannot be reached; the signal's reason
 */
export function openTunnel(
  { targetHost, basicAuth }: ConnectProxy,
  target: string,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = new URL(`http://${targetHost}`);
  const headers = basicAuth === undefined ? {} : { 'proxy-authorization': authorization(basicAuth) };
  const options = {
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port || 80,
    method: 'CONNECT',
    path: target,
    headers,
  };
  return new Promise((resolve, reject) => {
    request({ ...options, agent: false, signal })
      .once('connect', ({ statusCode = 0 }, socket) => {
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        reject(new TunnelRefusedError(statusCode));
      })
      .once('error', reject)
      .end();
  });
}

function authorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
