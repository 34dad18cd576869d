/** An HTTP proxy that tunnels connections by CONNECT. */
export interface Proxy {
  /** The variable that names it. */
  readonly variable: string;
  /** `host:port`, without secrets. */
  readonly address: string;
  /** The whole URL. It is a function, so that a log does not print the user and password. */
  readonly url: () => string;
}

/** @returns the proxy for connections to this URL; null: none */
export type ProxyFor = (url: URL) => Proxy | null;

/** @returns whether it is an address of this machine. A proxy would take it for an address of its own machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
