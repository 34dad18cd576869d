import type { AddressInfo, Server, Socket } from 'node:net';

/** @returns the open sockets, also those on which an action writes without HTTP */
export function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()); // the client may close the connection at any time
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** @returns the port @throws the system's error */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, refuse) => {
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      done((server.address() as AddressInfo).port);
    });
  });
}

/** Refuses new connections, and closes the open ones. */
export function closeListener(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((done) => {
    if (!server.listening) return done();
    server.close(() => done());
    for (const socket of sockets) socket.destroy();
  });
}
