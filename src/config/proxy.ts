/** An HTTP proxy that tunnels connections by CONNECT. */
export interface Proxy {
  /** The variable that names it. */
  readonly variable: string;
  /** `host:port`, to be shown. */
  readonly address: string;
  /** Its whole URL: user and password in it are secret, hence no field. */
  readonly url: () => string;
}

/** @returns the proxy for connections to this address; null: they go straight */
export type ProxyFor = (url: URL) => Proxy | null;

/** Addresses of this machine are never asked for at a proxy: there they would mean the proxy's machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
