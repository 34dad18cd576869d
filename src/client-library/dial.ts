import type { ConnectionOptions } from '@temporalio/client';
import { grpcCredentialIn, isGrpcHeader } from '../config/pasted.ts';
import { isLoopback } from '../config/proxy.ts';

/** A proxy as the SDK's `NativeConnection` takes it. */
export interface ConnectProxy {
  targetHost: string;
  basicAuth?: { username: string; password: string };
}

/** gRPC would go by variables in small letters alone, and to this machine itself through a proxy. */
const STRAIGHT = { 'grpc.enable_http_proxy': 0 } as const;

/** @returns options for `Connection` that go through this proxy, or straight where there is none, whatever the environment says */
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

/** A caller's own connection goes as gRPC does by itself, but never through a proxy to this machine. */
export function loopbackIsStraight(address: string): { channelArgs?: typeof STRAIGHT } {
  const url = `http://${address}`;
  return URL.canParse(url) && isLoopback(new URL(url).hostname) ? { channelArgs: STRAIGHT } : {};
}

type Credentials = Pick<ConnectionOptions, 'apiKey' | 'metadata'>;

/**
 * Checks the credentials of a caller's own connection, for the SDK would quote them in its error. Line ends around them go.
 * @throws TypeError naming the option that no header can hold
 */
export function checkedCredentials({ apiKey, metadata }: Credentials): Credentials {
  const key = typeof apiKey === 'function' ? () => checkedKey(apiKey()) : apiKey && checkedKey(apiKey);
  const headers = Object.entries(metadata ?? {}).map(([name, value]) => [name, checkedHeader(name, value)]);
  return {
    ...(key === undefined ? {} : { apiKey: key }),
    ...(metadata === undefined ? {} : { metadata: Object.fromEntries(headers) as typeof metadata }),
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

/** @returns `host:port`, with the port that Temporal has if none is said */
export function withPort(address: string): string {
  return /:\d+$/.test(address) ? address : `${address}:${PORT}`;
}
