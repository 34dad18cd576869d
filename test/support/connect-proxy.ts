import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ConnectProxy {
  /** `host:port` */
  address: string;
  /** The targets asked for, in order. */
  asked: readonly string[];
  /** The `Proxy-Authorization` of each. */
  authorizations: readonly (string | undefined)[];
  close: () => Promise<void>;
}

export interface ConnectProxyOptions {
  /** Where every target leads to: `host:port` on this machine. */
  target: string;
  /** Answered in place of opening a tunnel; `silent`: no answer at all. */
  answer?: number | 'silent';
  /** Asked of clients, as `user:password`. */
  credentials?: string;
}

/** A real HTTP proxy that opens tunnels by CONNECT, and leads each name to one server. */
export async function startConnectProxy({ target, answer, credentials }: ConnectProxyOptions): Promise<ConnectProxy> {
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
    const [host = '', port] = target.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked, authorizations, close };
}
