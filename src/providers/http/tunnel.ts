import type { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { HttpsProxyAgent } from 'hpagent';
import type { Proxy } from '../../config/proxy.ts';

type Options = Parameters<NonNullable<HttpsAgent['createConnection']>>[0];
type Created = (error: Error | null, socket: Duplex) => void;

/** Sockets through a proxy: a tunnel by CONNECT, then TLS with the service itself, which the proxy cannot read. */
export function openTunnels(proxy: Proxy, connectMs: number): HttpsAgent {
  return new TunnelAgent(proxy, connectMs);
}

/** Adds what the library leaves out: a time limit for the tunnel, and errors with a code. */
class TunnelAgent extends HttpsProxyAgent {
  readonly #connectMs: number;

  constructor(proxy: Proxy, connectMs: number) {
    super({ keepAlive: true, proxy: unbracketed(new URL(proxy.url())) });
    this.#connectMs = connectMs;
  }

  override createConnection(options: Options, created?: Created): Duplex | null | undefined {
    const onCreated: Created = (error, socket) => {
      if (error === null && 'setTimeout' in socket && typeof socket.setTimeout === 'function') {
        socket.setTimeout(0); // the limit was for the tunnel: it would end idle sockets too
      }
      created?.(error === null ? null : coded(error), socket);
    };
    return super.createConnection({ ...options, timeout: this.#connectMs }, onCreated);
  }
}

/** The library would look up an IPv6 address with its brackets, as if it were a name. */
function unbracketed(url: URL): URL {
  return Object.defineProperty(url, 'hostname', { value: url.hostname.replaceAll(/[[\]]/g, '') });
}

/** A code, as errors of the system have one; the texts are the library's. */
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
