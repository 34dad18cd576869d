/** Every environment variable that we read: the loader reads by this table, and the documentation is made from it. */
import { z } from 'zod';
import { DEFAULT_TASK_QUEUE } from '../contract.ts';
import { pollingProblems } from '../domain/input.ts';
import type { Limits } from '../domain/limits.ts';
import { LIMIT_NAMES, limitsProblems } from '../domain/limits.ts';
import type { PollingOptions } from '../domain/policy.ts';
import { tokenProblem } from './secret.ts';
import { address, baseUrl, BUDGET, ipAddress, json, whole, word } from './values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Takes one problem; `problem` goes on from the variable's name and says what to do, without the value. */
export type Report = (variable: string, problem: string) => void;

/** One variable. `default` is written as in the environment; null: none. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly default: string | null;
  readonly secret?: boolean;
}

interface Row extends Omit<Setting, 'name'> {
  readonly schema: z.ZodType<unknown, string>;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type LogFormat = 'json' | 'pretty';

/** The ways in which the built-in providers take a credential; other providers are checked where they are registered. */
export const AUTHS = {
  docswrite: ['x-access-token', 'bearer'],
  deepwriter: ['bearer', 'x-api-key'],
} as const satisfies Record<string, readonly string[]>;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies LogLevel[];
const POLLING_FIELDS = ['mode', 'minIntervalMs', 'maxIntervalMs', 'intervalMs'];
const LIMIT_FIELDS = [...LIMIT_NAMES, 'onLimit'];
const HOUR_MS = 3_600_000;

const queue = z
  .string()
  .regex(/^(?!\/_sys\/)[\u0021-\u007e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces');
const token = z.string().superRefine((text, context) => {
  const problem = tokenProblem(text);
  if (problem !== null) context.addIssue(`${problem}: set it to the credential alone, or leave it out`);
});
const versionPart = z
  .string()
  .regex(/^[\u0021-\u007e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces')
  .regex(/^[^.:]+$/, 'must hold no dot or colon: Temporal puts them between name and build id');
const path = z.string().min(1, 'must be the path of a file');

const rows = {
  JOBTRACK_TASK_QUEUE: { meaning: 'Task queue of the workflows', default: DEFAULT_TASK_QUEUE, schema: queue },
  JOBTRACK_HOLD_MS: {
    meaning: 'Intervals up to this many ms are waited out in the status activity, longer ones by the server; 0: never',
    default: '30000', // beyond some 45 s the heartbeats of a hold cost as much as a retry
    schema: whole({ min: 0, max: 55_000, unit: 'ms' }), // below the minute after which a moderated job is looked at again
  },
  JOBTRACK_REPORT_EVERY_MS: {
    meaning: 'A change of progress alone is told to the workflow at most this often, in ms',
    default: '5000',
    schema: whole({ min: 0, max: HOUR_MS, unit: 'ms' }),
  },
  JOBTRACK_MAX_HOLDS: {
    meaning: 'Intervals that one worker waits out at once, as far as its memory allows; beyond them the server does',
    default: '1000',
    schema: whole({ min: 1, max: 100_000, unit: 'intervals' }),
  },
  JOBTRACK_MEMORY_MB: {
    meaning: 'Memory that the worker fits itself to, in MiB; what the container or the machine has if unset',
    default: null,
    schema: whole({ min: 128, max: 1_048_576, unit: 'MiB' }),
  },
  JOBTRACK_LOST_AFTER_MS: {
    meaning: 'The worker ends with 3, to be started anew, once Temporal has not answered for so many ms; 0: never',
    default: '300000',
    schema: whole({ min: 0, max: 24 * HOUR_MS, unit: 'ms' }),
  },
  JOBTRACK_DEFAULT_POLLING: {
    meaning: `Polling of jobs whose caller does not say; JSON of ${POLLING_FIELDS.join(', ')}`,
    default: '{}',
    schema: json<PollingOptions>(pollingProblems, POLLING_FIELDS),
  },
  JOBTRACK_DEFAULT_LIMITS: {
    meaning: `Limits of jobs whose caller does not say; JSON of ${LIMIT_FIELDS.join(', ')}`,
    default: '{}',
    schema: json<Partial<Limits>>(limitsProblems, LIMIT_FIELDS),
  },
  JOBTRACK_HEALTH_ADDRESS: {
    meaning: 'host:port of the health endpoint; none if unset',
    default: null,
    schema: address,
  },
  JOBTRACK_METRICS_ADDRESS: {
    meaning: 'ip:port for Prometheus to scrape; none if unset',
    default: null,
    schema: ipAddress,
  },
  JOBTRACK_LOG_LEVEL: {
    meaning: `Least level logged: ${LOG_LEVELS.join(', ')}`,
    default: 'info',
    schema: word(LOG_LEVELS),
  },
  JOBTRACK_LOG_FORMAT: {
    meaning: 'json: one object a line; pretty: short lines for people',
    default: 'json',
    schema: word(['json', 'pretty']),
  },
  JOBTRACK_SEARCH_ATTRIBUTES: {
    meaning: 'on or off: whether jobs carry search attributes, which lists and filters need',
    default: 'on',
    schema: word(['on', 'off']),
  },
  JOBTRACK_ACCOUNTS: {
    meaning:
      'JSON file of more accounts: { name: { provider, tokenEnv | tokenFile, baseUrl?, auth?, requestsPerMinute? } }; ' +
      'a relative tokenFile is looked for beside it',
    default: null,
    schema: path,
  },
  TEMPORAL_DEPLOYMENT_NAME: {
    meaning: 'Worker versioning: name of the worker deployment. Switched on by this and the build id together',
    default: null,
    schema: versionPart,
  },
  TEMPORAL_WORKER_BUILD_ID: {
    meaning: 'Worker versioning: build of this worker; it gets work once its version is made the current one',
    default: null,
    schema: versionPart,
  },
  DOCSWRITE_TOKEN: {
    meaning: 'Credential of the default Docswrite account',
    default: null,
    secret: true,
    schema: token,
  },
  DOCSWRITE_TOKEN_FILE: { meaning: 'File that holds it, read again at each poll', default: null, schema: path },
  DOCSWRITE_BASE_URL: { meaning: 'Address of Docswrite; its public one if unset', default: null, schema: baseUrl },
  DOCSWRITE_AUTH: {
    meaning: `How the credential is sent: ${AUTHS.docswrite.join(' or ')}; by its form if unset`,
    default: null,
    schema: word(AUTHS.docswrite),
  },
  DOCSWRITE_REQUESTS_PER_MINUTE: { meaning: 'Request budget; none if unset', default: null, schema: whole(BUDGET) },
  DEEPWRITER_TOKEN: {
    meaning: 'Credential of the default DeepWriter account',
    default: null,
    secret: true,
    schema: token,
  },
  DEEPWRITER_TOKEN_FILE: { meaning: 'File that holds it, read again at each poll', default: null, schema: path },
  DEEPWRITER_BASE_URL: { meaning: 'Address of DeepWriter; its public one if unset', default: null, schema: baseUrl },
  DEEPWRITER_AUTH: {
    meaning: `How the credential is sent: ${AUTHS.deepwriter.join(' or ')}; by its form if unset`,
    default: null,
    schema: word(AUTHS.deepwriter),
  },
  DEEPWRITER_REQUESTS_PER_MINUTE: { meaning: 'Request budget; none if unset', default: null, schema: whole(BUDGET) },
} as const satisfies Record<string, Row>;

/** Read by Temporal's own environment configuration, but for the defaults of the first two. */
export const TEMPORAL_DEFAULTS = { TEMPORAL_ADDRESS: 'localhost:7233', TEMPORAL_NAMESPACE: 'default' } as const;

const elsewhere: readonly Setting[] = [
  {
    name: 'TEMPORAL_ADDRESS',
    meaning: 'host:port of the Temporal server',
    default: TEMPORAL_DEFAULTS.TEMPORAL_ADDRESS,
  },
  { name: 'TEMPORAL_NAMESPACE', meaning: 'Namespace', default: TEMPORAL_DEFAULTS.TEMPORAL_NAMESPACE },
  { name: 'TEMPORAL_API_KEY', meaning: 'API key; switches TLS on', default: null, secret: true },
  { name: 'TEMPORAL_TLS', meaning: 'true or false: TLS', default: null },
  { name: 'TEMPORAL_TLS_CLIENT_CERT_PATH', meaning: 'Client certificate (mTLS), PEM file', default: null },
  { name: 'TEMPORAL_TLS_CLIENT_CERT_DATA', meaning: 'The same, as text', default: null },
  { name: 'TEMPORAL_TLS_CLIENT_KEY_PATH', meaning: 'Key of the client certificate, PEM file', default: null },
  { name: 'TEMPORAL_TLS_CLIENT_KEY_DATA', meaning: 'The same, as text', default: null, secret: true },
  {
    name: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    meaning: "Authority of the server's certificate, PEM file",
    default: null,
  },
  { name: 'TEMPORAL_TLS_SERVER_CA_CERT_DATA', meaning: 'The same, as text', default: null },
  { name: 'TEMPORAL_TLS_SERVER_NAME', meaning: "Name in the server's certificate", default: null },
  { name: 'TEMPORAL_GRPC_META_*', meaning: 'A header for each request', default: null, secret: true },
  { name: 'TEMPORAL_CONFIG_FILE', meaning: "Temporal's TOML file, where it is not in its usual place", default: null },
  { name: 'TEMPORAL_PROFILE', meaning: 'Profile in that file', default: 'default' },
  { name: 'TEMPORAL_CLI_PATH', meaning: 'The temporal executable for up and demo', default: null },
  { name: 'JOBTRACK_CACHE_DIR', meaning: 'Where downloaded servers are kept', default: '~/.cache/durable-job-tracker' },
];

function settingOf(name: string, { meaning, default: fallback, secret = false }: Row): Setting {
  return { name, meaning, default: fallback, ...(secret ? { secret } : {}) };
}

/** Every variable, for the documentation. */
export const settings: readonly Setting[] = [
  ...Object.entries<Row>(rows).map(([name, row]) => settingOf(name, row)),
  ...elsewhere,
];

export type SettingName = keyof typeof rows;

/** Null only where there is no default. */
export type SettingValue<Name extends SettingName> =
  | z.output<(typeof rows)[Name]['schema']>
  | ((typeof rows)[Name]['default'] extends string ? never : null);

export type Read = <Name extends SettingName>(name: Name) => SettingValue<Name>;

/** An empty value is none: compose files and shells write one for a variable that is not set. */
export function isGiven(env: Environment, name: string): boolean {
  return valueOf(env, name) !== null;
}

/** @returns the value, null: not given. Own properties only: an account may name any variable, `constructor` too. */
export function valueOf(env: Environment, name: string): string | null {
  return (Object.hasOwn(env, name) && env[name]) || null;
}

/** Makes what reads variables by name, checked; one that is wrong is reported and stands at its default meanwhile. */
export function readerOf(env: Environment, report: Report): Read {
  return <Name extends SettingName>(name: Name) => {
    const row: Row = rows[name];
    const given = valueOf(env, name);
    const parsed = given === null ? null : row.schema.safeParse(given.trim());
    for (const { message } of parsed?.error?.issues ?? []) report(name, message);
    const value = parsed?.success ? parsed.data : row.default === null ? null : row.schema.parse(row.default);
    return value as SettingValue<Name>;
  };
}
