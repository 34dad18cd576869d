import type { ConnectionOptions } from '@temporalio/client';
import { grpcCredentialIn, isGrpcHeader } from '../config/pasted.ts';
import { isLoopback } from '../config/proxy.ts';

/** A proxy as the SDK's `NativeConnection` takes it. */
export interface ConnectProxy {
  targetHost: string;
  basicAuth?: { username: string; password: string };
}

/** Turns gRPC's own proxy rules off. They read only variables in lower case, and use a proxy even for this machine. */
const STRAIGHT = { 'grpc.enable_http_proxy': 0 } as const;

/**
 * Turns a proxy into channel options. Proxy variables of the environment have no effect on the connection.
 * @returns options for `Connection`: through the proxy, or direct if there is none
 */
export function dialled<Options extends { address?: string; proxy?: ConnectProxy }>(
  options: Options,
): Omit<Options, 'proxy'> & { channelArgs: Record<string, string | number> } {
  const { proxy, ...rest } = options;
  if (proxy === undefined) return { ...rest, channelArgs: STRAIGHT };
  const target = withPort(options.address ?? '');
  const { username, password } = proxy.basicAuth ?? { username: '', password: '' };
  const channelArgs = {
    ...STRAIGHT,
    'grpc.http_connect_target': `dns:${target}`,
    'grpc.default_authority': target,
    ...(proxy.basicAuth === undefined ? {} : { 'grpc.http_connect_creds': `${username}:${password}` }),
  };
  return { ...rest, address: proxy.targetHost, channelArgs };
}

/** @returns channel options that avoid a proxy if the address is this machine; else none, and gRPC's own rules apply */
export function loopbackIsStraight(address: string): { channelArgs?: typeof STRAIGHT } {
  const url = `http://${address}`;
  return URL.canParse(url) && isLoopback(new URL(url).hostname) ? { channelArgs: STRAIGHT } : {};
}

type Credentials = Pick<ConnectionOptions, 'apiKey' | 'metadata'>;

/**
 * Checks the credentials of a caller's own connection. The SDK would quote a wrong one in its error.
 * @returns the credentials, without white space around them
 * @throws TypeError that names the option, if a header cannot hold its value
 */
export function checkedCredentials({ apiKey, metadata }: Credentials): Credentials {
  const headers = Object.entries(metadata ?? {}).map(([name, value]) => [name, checkedHeader(name, value)]);
  return {
    apiKey: typeof apiKey === 'function' ? () => checkedKey(apiKey()) : apiKey && checkedKey(apiKey),
    metadata: metadata && (Object.fromEntries(headers) as typeof metadata),
  };
}

function checkedKey(text: string): string {
  const { token, problem } = grpcCredentialIn(text, true);
  if (problem !== null) throw new TypeError(`apiKey ${problem}`);
  return token;
}

function checkedHeader<Value>(name: string, value: Value | string): Value | string {
  if (typeof value !== 'string') return value;
  const trimmed = value.trim();
  if (!isGrpcHeader(trimmed))
    throw new TypeError(`metadata.${name} holds line breaks, control or non-ASCII characters`);
  return trimmed;
}

const PORT = 7_233;

/** @returns `host:port`; the port is 7233 if the address has none */
export function withPort(address: string): string {
  return /:\d+$/.test(address) ? address : `${address}:${PORT}`;
}
