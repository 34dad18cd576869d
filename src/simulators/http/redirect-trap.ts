import { createServer } from 'node:http';
import { CREDENTIAL_HEADERS } from '../state/credentials.ts';
import { closeListener, listen, trackSockets } from './listener.ts';
import { violate, type World } from '../state/world.ts';

export interface RedirectTrap {
  port: number;
  close(): Promise<void>;
}

/** Starts a second listener, the target of redirects. It answers as if a job had completed, and records credentials in requests. */
export async function startRedirectTrap(world: World, host: string): Promise<RedirectTrap> {
  const server = createServer((request, response) => {
    const credentialHeaders = CREDENTIAL_HEADERS.filter((name) => request.headers[name] !== undefined);
    const path = request.url ?? '/';
    world.trapped.push({
      atMs: world.clock.now(),
      method: request.method ?? '',
      path,
      credentialHeaders: [...credentialHeaders],
    });
    if (credentialHeaders.length > 0) violate(world, 'credential-at-redirect-target', { path, jobId: null });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ success: true, data: { state: 'completed' }, status: 'completed' }));
  });
  const sockets = trackSockets(server);
  const port = await listen(server, 0, host);
  return { port, close: () => closeListener(server, sockets) };
}
