import {
  type ClientConfigProfile,
  type ClientConnectConfig,
  loadClientConfigProfile,
  toClientOptions,
} from '@temporalio/envconfig';
import { join } from 'node:path';
import { z } from 'zod';
import { FILE_BYTES, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { unquoted, grpcCredentialIn, quoteProblem } from './pasted.ts';
import { readProxies } from './proxies.ts';
import { REDACTED } from './secret.ts';
import type { Environment, Report } from './row.ts';
import { TEMPORAL_DEFAULTS } from './settings.ts';
import { withTlsData } from './tls.ts';

/** How to reach the Temporal server. `connectionOptions` is for `NativeConnection.connect` and `Connection.connect`. It prints without secrets. */
export interface TemporalConfig {
  /** `proxy` is in the form of `NativeConnection`. For `Connection`, see `dialled` in src/client-library/dial.ts. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  readonly namespace: string;
}

/**
 * Reads `TEMPORAL_*` and Temporal's TOML file with `@temporalio/envconfig`. It also refuses values that the library would misread.
 * Reported problems never quote errors of the library, because those contain paths, profile names and lines of the file.
 */
export function readTemporal(given: Environment, report: Report): TemporalConfig {
  const env = unquotedTemporal(given, report);
  const nothing = { connectionOptions: {}, namespace: TEMPORAL_DEFAULTS.TEMPORAL_NAMESPACE };
  checkWords(env, report);
  let isWrong = false;
  const noting: Report = (variable, problem) => ((isWrong = true), report(variable, problem));
  const profile = profileOf(env, noting);
  if (profile === null) return nothing;
  check(profile, noting);
  const { tls } = profile;
  const withData = tls === undefined ? profile : { ...profile, tls: withTlsData(tls, noting) };
  if (isWrong) return nothing;
  const { connectionOptions, namespace } = toClientOptions(withData);
  const address = connectionOptions.address ?? TEMPORAL_DEFAULTS.TEMPORAL_ADDRESS;
  const options = { ...connectionOptions, address, ...proxyOf(env, { ...connectionOptions, address }, noting) };
  return { connectionOptions: printable(options), namespace: namespace ?? nothing.namespace };
}

/** One of the SDK's clients reads its own proxy variables, and the other none. So both get the proxy from us. */
function proxyOf(
  env: Environment,
  { address, tls }: { address: string; tls?: unknown },
  report: Report,
): Pick<TemporalConfig['connectionOptions'], 'proxy'> {
  const { proxy = null, problem = null } = readProxies(env)?.forTemporal(address, Boolean(tls)) ?? {};
  if (problem !== null) report(problem.variable, problem.problem);
  if (proxy === null) return {};
  const { username, password } = new URL(proxy.url());
  const basicAuth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  const isKnown = username !== '' || password !== '';
  return { proxy: { type: 'http-connect', targetHost: proxy.address, ...(isKnown ? { basicAuth } : {}) } };
}

/** Cleans pasted values. A credential that a header cannot hold is reported. */
function unquotedTemporal(env: Environment, report: Report): Environment {
  const values = Object.entries(env).map(([name, value]) => {
    if (!name.startsWith('TEMPORAL_') || !value) return [name, value];
    const isKey = name === 'TEMPORAL_API_KEY';
    if (!isKey && !name.startsWith('TEMPORAL_GRPC_META_')) return [name, plainly(name, value, report)];
    const { token, problem } = grpcCredentialIn(value, isKey);
    know(token);
    if (problem !== null) report(name, `${problem}: set it to the value alone, or leave it out`);
    return [name, token ?? undefined];
  });
  return Object.fromEntries(values);
}

function plainly(name: string, value: string, report: Report): string | undefined {
  const meant = unquoted(value);
  const problem = quoteProblem(meant);
  if (problem === null) return meant;
  report(name, `${problem}: set it to the value alone`);
  return undefined;
}

const UNVERIFIED = 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION';
const NO = ['0', 'false'];
const YES = ['1', 'true'];

function checkWords(env: Environment, report: Report): void {
  // The library would read `True` and `yes` as off.
  if (env['TEMPORAL_TLS'] && ![...YES, ...NO].includes(env['TEMPORAL_TLS']))
    report('TEMPORAL_TLS', 'must be true or false');
  if (env[UNVERIFIED] && !NO.includes(env[UNVERIFIED])) {
    report(UNVERIFIED, 'is not supported: leave it out, and name the authority by TEMPORAL_TLS_SERVER_CA_CERT_PATH');
  }
}

/** Drops empty values, because an empty API key would switch TLS on. An empty header stays: it removes a header of the file. */
function isForLibrary([name, value]: [string, string | undefined]): boolean {
  // Even the value `false` would switch TLS on.
  if (name === UNVERIFIED || value === undefined) return false;
  return value !== '' || !name.startsWith('TEMPORAL_') || name.startsWith('TEMPORAL_GRPC_META_');
}

const NO_PROFILE = ['TEMPORAL_PROFILE', 'names a profile that the configuration file lacks'] as const;

function profileOf(env: Environment, report: Report): ClientConfigProfile | null {
  // The library looks profiles up in a plain object, and writes into the result. With the name `__proto__`, it would change all objects.
  if ((env['TEMPORAL_PROFILE'] ?? '') in Object.prototype) {
    report(...NO_PROFILE);
    return null;
  }
  const variables = Object.fromEntries(Object.entries(env).filter(isForLibrary)) as Record<string, string>;
  const named = variables['TEMPORAL_CONFIG_FILE'];
  const path = named ?? usualPath(variables);
  const file = path === null ? null : readFileNow(path, FILE_BYTES.settings);
  // A missing file is not a problem, as in the library.
  if (file?.text === null && file.code !== 'ENOENT') {
    const unusual = 'is not set, and the file in its usual place cannot be read: set it to the path of another file';
    report('TEMPORAL_CONFIG_FILE', named === undefined ? unusual : file.problem);
    return null;
  }
  try {
    const configSource = typeof file?.text === 'string' ? { configSource: { data: Buffer.from(file.text) } } : {};
    const profile = loadClientConfigProfile({ overrideEnvVars: variables, ...configSource });
    if (profileSchema.safeParse(profile).success) return unquotedProfile(profile, report);
    report('TEMPORAL_CONFIG_FILE', 'has values of the wrong type in its profile: write texts in quotes');
  } catch (error) {
    report(...problemOf(error));
  }
  return null;
}

/** The library's default path. We open the file ourselves, because the library would wait for the writer of a FIFO. */
function usualPath({ APPDATA, HOME, XDG_CONFIG_HOME }: Record<string, string>): string | null {
  const below = (...parts: string[]): string | undefined => HOME && join(HOME, ...parts);
  const folder =
    process.platform === 'win32'
      ? APPDATA
      : process.platform === 'darwin'
        ? below('Library', 'Application Support')
        : XDG_CONFIG_HOME || below('.config');
  return folder ? join(folder, 'temporalio', 'temporal.toml') : null;
}

/** Reads values of the file in the same way as variables. */
function unquotedProfile(profile: ClientConfigProfile, report: Report): ClientConfigProfile {
  const credential = (text: string, addsScheme: boolean): string => {
    know(text, unquoted(text));
    const { token, problem } = grpcCredentialIn(text, addsScheme);
    know(token);
    if (problem !== null) report('TEMPORAL_CONFIG_FILE', `has a credential that ${problem}: set it to the value alone`);
    return token ?? '';
  };
  const { address, namespace, apiKey, grpcMeta, tls } = profile;
  const headers = Object.entries(grpcMeta ?? {}).map(([name, value]) => [name, credential(value, false)]);
  return {
    ...profile,
    ...(address === undefined ? {} : { address: unquoted(address).replace(/\/+$/, '') }),
    ...(namespace === undefined ? {} : { namespace: unquoted(namespace) }),
    ...(tls?.serverName === undefined ? {} : { tls: { ...tls, serverName: unquoted(tls.serverName) } }),
    ...(apiKey === undefined ? {} : { apiKey: credential(apiKey, true) }),
    ...(grpcMeta === undefined ? {} : { grpcMeta: Object.fromEntries(headers) as Record<string, string> }),
  };
}

const source = z.union([z.object({ path: z.string() }), z.object({ data: z.instanceof(Uint8Array) })]).optional();
const profileSchema = z.object({
  address: z.string().optional(),
  namespace: z.string().optional(),
  apiKey: z.string().optional(),
  grpcMeta: z.record(z.string(), z.string()).optional(),
  tls: z
    .object({
      disabled: z.boolean().optional(),
      serverName: z.string().optional(),
      clientCert: source,
      clientKey: source,
      serverCACert: source,
    })
    .optional(),
});

function problemOf(error: unknown): [variable: string, problem: string] {
  const { message, code } = error as NodeJS.ErrnoException;
  const both = /^Cannot specify both (client_cert|client_key|server_ca_cert)_path/.exec(message)?.[1]?.toUpperCase();
  if (both !== undefined)
    return [`TEMPORAL_TLS_${both}_PATH`, `is given besides TEMPORAL_TLS_${both}_DATA: leave one out`];
  if (message.startsWith('Profile ')) return [...NO_PROFILE];
  if (code !== undefined) return ['TEMPORAL_CONFIG_FILE', `names a file that cannot be read (${code}): check the path`];
  return ['TEMPORAL_CONFIG_FILE', 'names a file that is no TOML with [profile.default]: correct or remove it'];
}

function check({ address, namespace, apiKey, tls }: ClientConfigProfile, report: Report): void {
  if (namespace !== undefined && !/^[\u0021-\u007e]{1,255}$/.test(namespace)) {
    report('TEMPORAL_NAMESPACE', 'must be a name of visible ASCII characters, without blanks');
  }
  if (address !== undefined && !/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?$/.test(address)) {
    report('TEMPORAL_ADDRESS', 'must be host:port, without a scheme or path');
  }
  if (tls?.serverName !== undefined && !/^[A-Za-z0-9_.:-]+$/.test(tls.serverName)) {
    report('TEMPORAL_TLS_SERVER_NAME', 'must be the name of a host alone, without a scheme or path');
  }
  if (apiKey !== undefined && tls?.disabled === true) {
    report('TEMPORAL_TLS', 'is off beside an API key, which would be sent unencrypted: leave one of them out');
  }
  // With only one of the two, the SDK would silently connect without mTLS.
  if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined)) {
    const missing = tls?.clientCert === undefined ? 'CERT' : 'KEY';
    report(`TEMPORAL_TLS_CLIENT_${missing}_PATH`, 'is missing: a client certificate and its key go together');
  }
}

/** The SDK needs the API key as plain text. So the options print without it (I2). */
function printable(options: TemporalConfig['connectionOptions']): TemporalConfig['connectionOptions'] {
  const { address, tls, apiKey, proxy } = options;
  const shown = (): object => ({
    address,
    tls: Boolean(tls),
    ...(apiKey === undefined ? {} : { apiKey: REDACTED }),
    ...(proxy === undefined ? {} : { proxy: proxy.targetHost }),
  });
  return Object.defineProperties(options, {
    toJSON: { value: shown },
    [Symbol.for('nodejs.util.inspect.custom')]: { value: shown },
  });
}
