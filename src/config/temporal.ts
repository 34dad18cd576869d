import type { ClientConfigProfile, ClientConnectConfig } from '@temporalio/envconfig';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { z } from 'zod';
import { FILE_BYTES, readFileNow } from './file.ts';
import { know } from './known-secrets.ts';
import { asMeant, credentialIn } from './pasted.ts';
import { REDACTED } from './secret.ts';
import type { Environment, Report } from './row.ts';
import { TEMPORAL_DEFAULTS } from './settings.ts';

/** How to reach the Temporal server. `connectionOptions` fits `Connection.connect` and `NativeConnection.connect`, and prints without secrets. */
export interface TemporalConfig {
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  readonly namespace: string;
}

/**
 * Reads `TEMPORAL_*` and Temporal's TOML file as `@temporalio/envconfig` does, and refuses what that takes for something else.
 * Reported problems never quote its errors: those hold paths, profile names and lines of the file.
 */
export function readTemporal(given: Environment, report: Report): TemporalConfig {
  const env = temporalAsMeant(given, report);
  const nothing = { connectionOptions: {}, namespace: TEMPORAL_DEFAULTS.TEMPORAL_NAMESPACE };
  checkWords(env, report);
  const profile = profileOf(env, report);
  if (profile === null || !isSound(profile, report)) return nothing;
  const { connectionOptions, namespace } = toClientOptions(profile);
  const address = connectionOptions.address ?? TEMPORAL_DEFAULTS.TEMPORAL_ADDRESS;
  return {
    connectionOptions: printable({ ...connectionOptions, address }),
    namespace: namespace ?? nothing.namespace,
  };
}

/** People paste these too: blanks, line ends and quotation marks around a value go, and a credential that no header can hold is refused. */
function temporalAsMeant(env: Environment, report: Report): Environment {
  const values = Object.entries(env).map(([name, value]): [string, string | undefined] => {
    if (!name.startsWith('TEMPORAL_') || !value) return [name, value];
    const isKey = name === 'TEMPORAL_API_KEY';
    if (!isKey && !name.startsWith('TEMPORAL_GRPC_META_')) return [name, asMeant(value)];
    const { token, problem } = credentialIn(value, isKey);
    know(token);
    if (problem !== null) report(name, `${problem}: set it to the value alone, or leave it out`);
    return [name, token ?? undefined];
  });
  return Object.fromEntries(values);
}

const UNVERIFIED = 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION';
const NO = ['0', 'false'];
const YES = ['1', 'true'];

function checkWords(env: Environment, report: Report): void {
  // Anything but 1 and true would switch TLS off, `True` and `yes` as well.
  if (env['TEMPORAL_TLS'] && ![...YES, ...NO].includes(env['TEMPORAL_TLS']))
    report('TEMPORAL_TLS', 'must be true or false');
  if (env[UNVERIFIED] && !NO.includes(env[UNVERIFIED])) {
    report(UNVERIFIED, 'is not supported: leave it out, and name the authority by TEMPORAL_TLS_SERVER_CA_CERT_PATH');
  }
}

/** An empty value is none: an empty API key would switch TLS on. But an empty header takes one of the file away. */
function isTold([name, value]: [string, string | undefined]): boolean {
  // Even `false` would switch TLS on.
  if (name === UNVERIFIED || value === undefined) return false;
  return value !== '' || !name.startsWith('TEMPORAL_') || name.startsWith('TEMPORAL_GRPC_META_');
}

const NO_PROFILE = ['TEMPORAL_PROFILE', 'names a profile that the configuration file lacks'] as const;

function profileOf(env: Environment, report: Report): ClientConfigProfile | null {
  // The SDK looks profiles up by name in a plain object, and writes the variables into what it finds: `__proto__` would be all objects'.
  if ((env['TEMPORAL_PROFILE'] ?? '') in Object.prototype) {
    report(...NO_PROFILE);
    return null;
  }
  const told = Object.entries(env).filter(isTold) as [string, string][];
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: Object.fromEntries(told) });
    know(profile.apiKey, ...Object.values(profile.grpcMeta ?? {}));
    if (profileSchema.safeParse(profile).success) return profile;
    report('TEMPORAL_CONFIG_FILE', 'has values of the wrong type in its profile: write texts in quotes');
  } catch (error) {
    report(...problemOf(error));
  }
  return null;
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

function isSound({ address, apiKey, tls }: ClientConfigProfile, report: Report): boolean {
  const problems: [variable: string, problem: string][] = [];
  if (address !== undefined && !/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?$/.test(address)) {
    problems.push(['TEMPORAL_ADDRESS', 'must be host:port, without a scheme or path']);
  }
  if (apiKey !== undefined && tls?.disabled === true) {
    problems.push(['TEMPORAL_TLS', 'is off beside an API key, which would be sent unencrypted: leave one of them out']);
  }
  // One without the other would connect without mTLS, and without a word.
  if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined)) {
    const missing = tls?.clientCert === undefined ? 'CERT' : 'KEY';
    problems.push([`TEMPORAL_TLS_CLIENT_${missing}_PATH`, 'is missing: a client certificate and its key go together']);
  }
  problems.push(...pemProblems(tls));
  for (const problem of problems) report(...problem);
  return problems.length === 0;
}

const PEM = {
  CERTIFICATE: ['certificate', /-----BEGIN CERTIFICATE-----/],
  KEY: ['key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
} as const;

/** The SDK would say of text that is no PEM that the server cannot be reached. */
function pemProblems(tls: ClientConfigProfile['tls']): [variable: string, problem: string][] {
  const parts = [
    ['CLIENT_CERT', tls?.clientCert, PEM.CERTIFICATE],
    ['CLIENT_KEY', tls?.clientKey, PEM.KEY],
    ['SERVER_CA_CERT', tls?.serverCACert, PEM.CERTIFICATE],
  ] as const;
  return parts.flatMap(([name, given, [what, begin]]) => {
    if (given === undefined) return [];
    const isPath = 'path' in given;
    const variable = `TEMPORAL_TLS_${name}_${isPath ? 'PATH' : 'DATA'}`;
    const read = isPath ? readFileNow(given.path, FILE_BYTES.pem) : { text: Buffer.from(given.data).toString() };
    if (read.text === null) return [[variable, read.problem] as [string, string]];
    if (begin.test(read.text)) return [];
    return [[variable, `${isPath ? 'names a file without' : 'is not'} a ${what} in PEM: give one`] as [string, string]];
  });
}

/** The SDK takes the API key as text, so the options as a whole hide it from whoever prints them (I2). */
function printable(options: TemporalConfig['connectionOptions']): TemporalConfig['connectionOptions'] {
  const { address, tls, apiKey } = options;
  const shown = (): object => ({ address, tls: Boolean(tls), ...(apiKey === undefined ? {} : { apiKey: REDACTED }) });
  return Object.defineProperties(options, {
    toJSON: { value: shown },
    [Symbol.for('nodejs.util.inspect.custom')]: { value: shown },
  });
}
