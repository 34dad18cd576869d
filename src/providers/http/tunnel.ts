import type { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { HttpsProxyAgent } from 'hpagent';
import type { Proxy } from '../../config/proxy.ts';

type Options = Parameters<NonNullable<HttpsAgent['createConnection']>>[0];
type Created = (error: Error | null, socket: Duplex) => void;

/**
 * Makes sockets through a proxy: a tunnel by CONNECT, then TLS with the service. The proxy cannot read the traffic. This adds to the
 * library a timeout for the tunnel, and errors with a code.
 */
export class TunnelAgent extends HttpsProxyAgent {
  readonly #connectMs: number;

  constructor(proxy: Proxy, { connectMs, maxSockets }: { connectMs: number; maxSockets: number }) {
    const url = new URL(proxy.url());
    // The library would look up the brackets of an IPv6 address as part of a name.
    Object.defineProperty(url, 'hostname', { value: url.hostname.replaceAll(/[[\]]/g, '') });
    super({ keepAlive: true, maxSockets, proxy: url });
    this.#connectMs = connectMs;
  }

  override createConnection(options: Options, created?: Created): Duplex | null | undefined {
    const onCreated: Created = (error, socket) => {
      if (error === null && 'setTimeout' in socket && typeof socket.setTimeout === 'function') {
        socket.setTimeout(0); // the timeout was for the tunnel; it would also end idle sockets
      }
      created?.(error === null ? null : coded(error), socket);
    };
    return super.createConnection({ ...options, timeout: this.#connectMs }, onCreated);
  }
}

/** Adds a code. The library's errors have only texts. */
function coded(error: Error): Error {
  const status = /^Bad response: (\d{3})$/.exec(error.message)?.[1];
  const code =
    status !== undefined
      ? `PROXY_${status}`
      : error.message === 'Proxy timeout'
        ? 'PROXY_TIMEOUT'
        : `PROXY_${'code' in error && typeof error.code === 'string' ? error.code : 'ERROR'}`;
  return Object.assign(new Error('no tunnel'), { code });
}
