import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  /** `host:port` */
  address: string;
  /** The requested targets, in order. */
  asked: readonly string[];
  /** The `Proxy-Authorization` header of each request. */
  authorizations: readonly (string | undefined)[];
  close: () => Promise<void>;
}

export interface ConnectProxyOptions {
  /** Every tunnel leads to this server: `host:port` on this machine. */
  target: string;
  /** The HTTP status that it sends instead of opening a tunnel. `silent`: no answer at all. */
  answer?: number | 'silent';
  /** The credentials that clients must send, as `user:password`. */
  credentials?: string;
  /** The address on which it listens. Default `127.0.0.1`. */
  host?: string;
}

/** Starts a real HTTP proxy that opens tunnels by CONNECT. All tunnels lead to one server. */
export async function startConnectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const { target, answer, credentials, host = '127.0.0.1' } = options;
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('connect', ({ url = '', headers }, client: Socket, head) => {
    asked.push(url);
    authorizations.push(headers['proxy-authorization']);
    if (answer === 'silent') return;
    const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
    const status = answer ?? (headers['proxy-authorization'] === wanted ? 200 : 407);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Type: application/json\r\n\r\n{"error":"no"}`);
      return;
    }
    const [name = '', port] = target.split(':');
    const upstream = connect(Number(port), name, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const { address, family, port } = server.address() as AddressInfo;
  return { address: `${family === 'IPv6' ? `[${address}]` : address}:${port}`, asked, authorizations, close };
}
