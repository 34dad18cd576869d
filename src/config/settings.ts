/** The table of all environment variables. The loader reads by it, and the documentation is made from it. */
import { z } from 'zod';
import { DEFAULT_TASK_QUEUE, searchAttributes } from '../contract/index.ts';
import type { AttributeChoice } from '../contract/plan.ts';
import { pollingProblems } from '../contract/input.ts';
import { LIMIT_NAMES, type Limits, limitsProblems } from '../contract/limits.ts';
import type { PollingOptions } from '../contract/polling-options.ts';
import { TASK_QUEUE, TASK_QUEUE_PROBLEM } from '../contract/task-queue.ts';
import { accountSettings } from './account-settings.ts';
import { type Environment, readRow, type Report, type Row, type Setting } from './row.ts';
import { address, hosts, ipAddress, json, filePath, whole, word } from './values.ts';
import { otelSettings } from './otel.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The lowest level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];
/** `json`: one object a line. `pretty`: short lines for people. */
export type LogFormat = 'json' | 'pretty';

const POLLING_FIELDS = ['mode', 'minIntervalMs', 'maxIntervalMs', 'intervalMs'];
const LIMIT_FIELDS = [...LIMIT_NAMES, 'onLimit'];
const HOUR_MS = 3_600_000;

const ATTRIBUTES: readonly string[] = Object.values(searchAttributes).map(({ name }) => name);

const attributes: z.ZodType<AttributeChoice, string> = z.string().transform((text, context) => {
  const switched = text.trim().toLowerCase();
  if (switched === 'on' || switched === 'off') return switched === 'on';
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => ATTRIBUTES.includes(name))) return [...new Set(names)];
  context.addIssue(`must be on, off, or some of ${ATTRIBUTES.join(', ')}, with commas between`);
  return z.NEVER;
});

const queue = z.string().regex(TASK_QUEUE, TASK_QUEUE_PROBLEM);
const versionPart = z
  .string()
  .regex(/^[\u0021-\u007e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces')
  .regex(/^[^.:]+$/, 'must hold no dot or colon: Temporal puts them between name and build id');

const rows = {
  JOBTRACK_TASK_QUEUE: { meaning: 'Task queue of the workflows', default: DEFAULT_TASK_QUEUE, schema: queue },
  JOBTRACK_HOLD_MS: {
    meaning:
      'The worker waits out intervals up to this many ms in the status activity; the server waits out longer ones; 0: the server always',
    default: '30000', // with a hold of more than about 45 s, its heartbeats cost as much as a retry
    schema: whole({ min: 0, max: 55_000, unit: 'ms' }), // less than the minute after which a moderated job is polled again
  },
  JOBTRACK_REPORT_EVERY_MS: {
    meaning: 'If only progress changed, it is reported to the workflow at most once in this many ms',
    default: '5000',
    schema: whole({ min: 0, max: HOUR_MS, unit: 'ms' }),
  },
  JOBTRACK_MAX_HOLDS: {
    meaning:
      'How many intervals one worker waits out at the same time, if its memory is enough; the server waits out the others',
    default: '1000',
    schema: whole({ min: 1, max: 100_000, unit: 'intervals' }),
  },
  JOBTRACK_MEMORY_MB: {
    meaning: 'Memory that the worker may use, in MiB; if unset, what the container or the machine has',
    schema: whole({ min: 128, max: 1_048_576, unit: 'MiB' }),
  },
  JOBTRACK_LOST_AFTER_MS: {
    meaning:
      'If Temporal does not answer for this many ms, the worker ends with 3, and a supervisor restarts it; 0: never',
    default: '300000',
    schema: whole({ min: 0, max: 24 * HOUR_MS, unit: 'ms' }),
  },
  JOBTRACK_DEFAULT_POLLING: {
    meaning: `Polling of jobs whose caller sets none; JSON of ${POLLING_FIELDS.join(', ')}`,
    default: '{}',
    schema: json<PollingOptions>(pollingProblems, POLLING_FIELDS),
  },
  JOBTRACK_DEFAULT_LIMITS: {
    meaning: `Limits of jobs whose caller sets none; JSON of ${LIMIT_FIELDS.join(', ')}`,
    default: '{}',
    schema: json<Partial<Limits>>(limitsProblems, LIMIT_FIELDS),
  },
  JOBTRACK_HEALTH_ADDRESS: { meaning: 'host:port of the health endpoint; none if unset', schema: address },
  JOBTRACK_METRICS_ADDRESS: { meaning: 'ip:port for Prometheus to scrape; none if unset', schema: ipAddress },
  JOBTRACK_LOG_LEVEL: {
    meaning: `Lowest level that is logged: ${LOG_LEVELS.join(', ')}`,
    default: 'info',
    schema: word(LOG_LEVELS),
  },
  JOBTRACK_LOG_FORMAT: {
    meaning: 'json: one object a line; pretty: short lines for people',
    default: 'json',
    schema: word(['json', 'pretty']),
  },
  JOBTRACK_SEARCH_ATTRIBUTES: {
    meaning:
      'Search attributes of jobs, which lists and filters need: on, off, or the names of some, such as JobState,JobHealth',
    default: 'on',
    schema: attributes,
  },
  JOBTRACK_ACCOUNTS: {
    meaning:
      'JSON file of more accounts, or a folder of such files (*.json): { name: { provider, tokenEnv | tokenFile, pool?, baseUrl?, auth?, requestsPerMinute? } }; ' +
      'a relative tokenFile is relative to the file; a change is taken up within 5 s',
    schema: filePath,
  },
  JOBTRACK_NEXUS: {
    meaning: 'Serves the Nexus service job-tracker on the task queue, for workflows in other namespaces: on or off',
    default: 'off',
    schema: word(['on', 'off']).transform((text) => text === 'on'),
  },
  JOBTRACK_TRACE_HOSTS: {
    meaning:
      'Hosts of services that get the header traceparent, as host or host:port, with commas between; none if unset',
    schema: hosts,
  },
  TEMPORAL_DEPLOYMENT_NAME: {
    meaning: 'Worker versioning: name of the worker deployment. This and the build id together switch versioning on',
    schema: versionPart,
  },
  TEMPORAL_WORKER_BUILD_ID: {
    meaning: 'Worker versioning: build of this worker; it gets workflow tasks when its version is the current one',
    schema: versionPart,
  },
} as const satisfies Record<string, Row>;

/** Our defaults for the first two variables of Temporal. `@temporalio/envconfig` reads all of them. */
export const TEMPORAL_DEFAULTS = { TEMPORAL_ADDRESS: 'localhost:7233', TEMPORAL_NAMESPACE: 'default' } as const;

const elsewhere: readonly Setting[] = [
  {
    name: 'TEMPORAL_ADDRESS',
    meaning: 'host:port of the Temporal server',
    default: TEMPORAL_DEFAULTS.TEMPORAL_ADDRESS,
  },
  { name: 'TEMPORAL_NAMESPACE', meaning: 'Namespace', default: TEMPORAL_DEFAULTS.TEMPORAL_NAMESPACE },
  { name: 'TEMPORAL_API_KEY', meaning: 'API key; switches TLS on', secret: true },
  { name: 'TEMPORAL_TLS', meaning: 'true or false: TLS' },
  { name: 'TEMPORAL_TLS_CLIENT_CERT_PATH', meaning: 'Client certificate (mTLS), PEM file' },
  { name: 'TEMPORAL_TLS_CLIENT_CERT_DATA', meaning: 'The same, as text' },
  { name: 'TEMPORAL_TLS_CLIENT_KEY_PATH', meaning: 'Key of the client certificate, PEM file' },
  { name: 'TEMPORAL_TLS_CLIENT_KEY_DATA', meaning: 'The same, as text', secret: true },
  { name: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH', meaning: "Authority of the server's certificate, PEM file" },
  { name: 'TEMPORAL_TLS_SERVER_CA_CERT_DATA', meaning: 'The same, as text' },
  { name: 'TEMPORAL_TLS_SERVER_NAME', meaning: "Name in the server's certificate" },
  { name: 'TEMPORAL_GRPC_META_*', meaning: 'One header of each request', secret: true },
  { name: 'TEMPORAL_CONFIG_FILE', meaning: "Temporal's TOML file, if it is not in its usual place" },
  { name: 'TEMPORAL_PROFILE', meaning: 'Profile in that file', default: 'default' },
  {
    name: 'HTTPS_PROXY',
    meaning:
      'HTTP proxy to services, and to Temporal over TLS: http://[user:password@]host:port; if https_proxy is set too, that one is used',
  },
  { name: 'ALL_PROXY', meaning: 'The same, used if HTTPS_PROXY is unset' },
  { name: 'GRPC_PROXY', meaning: 'The same for Temporal alone, with TLS or without; used instead of both' },
  {
    name: 'NO_PROXY',
    meaning:
      'Hosts with their subdomains, addresses and networks that are reached without a proxy, separated by commas; * for all',
  },
  {
    name: 'NODE_EXTRA_CA_CERTS',
    meaning: "PEM file of further authorities for services' certificates; read by Node itself, at the start",
  },
  { name: 'TEMPORAL_CLI_PATH', meaning: 'The temporal executable for up and demo' },
  { name: 'JOBTRACK_CACHE_DIR', meaning: 'Where downloaded servers are kept', default: '~/.cache/durable-job-tracker' },
];

/** Every variable, for the documentation. */
export const settings: readonly Setting[] = [
  ...Object.entries(rows).map(([name, row]) => ({ name, ...row })),
  ...accountSettings,
  ...elsewhere,
  ...otelSettings,
];

type Name = keyof typeof rows;

/** The value of a setting. It can be null only if the setting has no default. */
type Value<Of extends Name> =
  | z.output<(typeof rows)[Of]['schema']>
  | ((typeof rows)[Of] extends { default: string } ? never : null);

/** Reads the value of a setting by its name. */
export type Read = <Of extends Name>(name: Of) => Value<Of>;

/** @returns a function that reads a variable by name. A wrong value is reported, and its default is returned. */
export function readerOf(env: Environment, report: Report): Read {
  return <Of extends Name>(name: Of) => readRow<unknown>({ env, report }, name, rows[name]) as Value<Of>;
}
