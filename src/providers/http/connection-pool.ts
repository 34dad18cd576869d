import type { Proxy, ProxyFor } from '../../config/proxy.ts';
import { type Connections, openConnections, TIMEOUTS, type Timeouts } from './exchange.ts';

/** How to connect. */
export interface ConnectionOptions {
  /** Default: `TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Default: no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
}

/** Connections for one account. Other accounts of the same origin use the same ones. */
export interface Lent {
  readonly connections: Connections;
  /** The proxy of all requests; null: none. */
  readonly proxy: Proxy | null;
  /** The account needs them no more. */
  readonly release: () => void;
}

/** Connections by origin. */
export type ConnectionPool = ReturnType<typeof createConnectionPool>;

/** More than a call takes, so that no call under way is cut, and the next account finds the connections open. */
const LINGER_MS = 60_000;

interface Shared extends Omit<Lent, 'release'> {
  users: number;
  closing: NodeJS.Timeout | undefined;
}

/** Opens connections by origin, for any number of accounts. Connections that no account has are closed a minute later. */
export function createConnectionPool({ timeouts, proxyFor }: ConnectionOptions = {}) {
  const byOrigin = new Map<string, Shared>();
  const open = (origin: string): Shared => {
    const proxy = proxyFor?.(new URL(origin)) ?? null;
    const connections = openConnections({ ...TIMEOUTS, ...timeouts }, proxy);
    return { connections, proxy, users: 0, closing: undefined };
  };
  const drop = (origin: string): void => {
    byOrigin.get(origin)?.connections.close();
    byOrigin.delete(origin);
  };
  return {
    /** @throws what `proxyFor` throws */
    borrow: (baseUrl: string): Lent => {
      const { origin } = new URL(baseUrl);
      const shared = byOrigin.get(origin) ?? open(origin);
      byOrigin.set(origin, shared);
      clearTimeout(shared.closing);
      shared.users += 1;
      let isReleased = false;
      const release = (): void => {
        if (isReleased) return;
        isReleased = true;
        shared.users -= 1;
        if (shared.users === 0) shared.closing = setTimeout(() => drop(origin), LINGER_MS).unref();
      };
      return { connections: shared.connections, proxy: shared.proxy, release };
    },
    /** Closes all connections. Calls under way fail. */
    close: (): void => {
      for (const { closing } of byOrigin.values()) clearTimeout(closing);
      for (const origin of byOrigin.keys()) drop(origin);
    },
  };
}
