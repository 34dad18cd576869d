/** Configuration. Only this folder reads the environment. */
import { type Account, type AccountsRead, type KnownAccount, readAccounts } from './accounts.ts';
import { type AccountFiles, accountFilesOf } from './account-refresh.ts';
import { know } from './known-secrets.ts';
import { otelSecretsOf } from './otel.ts';
import { unquoted } from './pasted.ts';
import type { Limits } from '../contract/limits.ts';
import type { ProxyFor } from './proxy.ts';
import type { AttributeChoice } from '../contract/plan.ts';
import type { PollingOptions } from '../contract/polling-options.ts';
import { type Environment, type Report, valueOf } from './row.ts';
import { type LogFormat, type LogLevel, type Read, readerOf, settings } from './settings.ts';
import { readProxies } from './proxies.ts';
import { readTemporal, type TemporalConfig } from './temporal.ts';

export type { Environment } from './row.ts';
export type { LogFormat, LogLevel } from './settings.ts';
export type { TemporalConfig } from './temporal.ts';

/** The configuration of a worker. Credentials are only in `Account.secret`, which prints as `[redacted]`. */
export interface Config {
  /** Default: `job-tracker`. */
  readonly taskQueue: string;
  /** The worker holds for intervals up to this, ms, 0 to 55 000. 0: never. Default: 30 s. */
  readonly holdMs: number;
  /** If only progress changes, it is reported at most once in this time, ms. Default: 5 s. */
  readonly reportEveryMs: number;
  /** The most holds of one worker at a time, if its memory is enough. The server waits out other intervals. Default: 1 000. */
  readonly maxHolds: number;
  /** The memory that the worker may use, MiB; null: that of the container or the machine. */
  readonly memoryMb: number | null;
  /** The worker ends after this time without an answer of the server, ms; 0: never. Default: 5 min. */
  readonly lostAfterMs: number;
  /** Only the given options. Others have the defaults of the contract. */
  readonly defaultPolling: PollingOptions;
  /** Only the given limits. Others have the defaults of the contract. */
  readonly defaultLimits: Partial<Limits>;
  /** `host:port`; null: no health endpoint. */
  readonly healthAddress: string | null;
  /** `ip:port`; null: no metrics. */
  readonly metricsAddress: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly searchAttributes: AttributeChoice;
  /** The worker's version; null: not versioned. */
  readonly deployment: { readonly deploymentName: string; readonly buildId: string } | null;
  /** Whether the worker serves the Nexus service. Left out: no. */
  readonly nexus?: boolean;
  /** The services that get `traceparent`, each as `host` or `host:port`. Left out: none. */
  readonly traceHosts?: readonly string[];
  readonly accounts: Account[];
  /** Accounts whose jobs this worker plans, but whose credential only the workers of their pools have. */
  readonly knownAccounts: KnownAccount[];
  /** Reads the files of `JOBTRACK_ACCOUNTS` again. Left out: the accounts do not change. */
  readonly accountFiles?: AccountFiles;
  /** The proxy to a service, by `HTTPS_PROXY`, `NO_PROXY` and similar variables. It throws ConfigError if the variable is wrong. Left out: no proxy. */
  readonly proxyFor?: ProxyFor;
  /** Sentences for the log: likely mistakes with which the worker can still start. */
  readonly warnings: string[];
}

/** One problem of the configuration. `problem` says what to do, and never has the value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

/** A file may have thousands of wrong accounts. The message shows the first of them. */
const MAX_SHOWN = 50;

/** All problems of a configuration. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const shown = problems.slice(0, MAX_SHOWN);
    const lines = shown.map(({ variable, problem }) => `\n  ${variable}: ${problem}`);
    if (problems.length > MAX_SHOWN) lines.push(`\n  and ${problems.length - MAX_SHOWN} more`);
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`the configuration has ${count}:${lines.join('')}`, options);
    this.problems = problems;
  }
}

/** The environment of this process. Nothing else reads `process.env`. */
export function environment(): Environment {
  return process.env;
}

/**
 * Reads the configuration of a worker: `JOBTRACK_*` and the accounts. An empty variable counts as unset.
 * @param env default: `process.env`
 * @throws ConfigError with every problem
 */
export function loadConfig(env: Environment = environment()): Config {
  return checked(env, (report) => readConfig(env, report));
}

/**
 * Reads how to reach Temporal: `TEMPORAL_*` and Temporal's configuration file.
 * @param env default: `process.env`
 * @throws ConfigError with every problem
 */
export function loadTemporalConfig(env: Environment = environment()): TemporalConfig {
  return checked(env, (report) => readTemporal(env, report));
}

/**
 * Reads both configurations, that of the worker and that of Temporal.
 * @param env default: `process.env`
 * @throws ConfigError with every problem of both
 * @example
 * const { config, temporal } = loadWorkerConfig();
 * const connection = await NativeConnection.connect(temporal.connectionOptions);
 */
export function loadWorkerConfig(env: Environment = environment()): { config: Config; temporal: TemporalConfig } {
  return checked(env, (report) => ({ config: readConfig(env, report), temporal: readTemporal(env, report) }));
}

/** A configuration with its problems. A wrong value is replaced by its default, so do not run it without checking `problems`. */
export interface ExaminedConfig {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  readonly temporal: TemporalConfig;
  readonly temporalProblems: readonly ConfigProblem[];
}

/** As `loadWorkerConfig`, but returns the problems instead of throwing. */
export function examineWorkerConfig(env: Environment = environment()): ExaminedConfig {
  const own = noting(env, (report) => readConfig(env, report));
  const temporal = noting(env, (report) => readTemporal(env, report));
  return { config: own.value, problems: own.problems, temporal: temporal.value, temporalProblems: temporal.problems };
}

function checked<Value>(env: Environment, read: (report: Report) => Value): Value {
  const { value, problems } = noting(env, read);
  if (problems.length > 0) throw new ConfigError(problems);
  return value;
}

/** Registers all secrets of the environment for the mask, also those that nothing else reads: an error may still quote them. */
export function knowSecretsOf(env: Environment): void {
  const names = settings.filter(({ secret }) => secret === true).map(({ name }) => name);
  const isSecret = (given: string): boolean =>
    names.some((name) => (name.endsWith('*') ? given.startsWith(name.slice(0, -1)) : given === name));
  for (const [name, value] of Object.entries(env)) if (value && isSecret(name)) know(value, unquoted(value));
  know(...otelSecretsOf(env));
  readProxies(env); // registers users and passwords of proxies
}

function noting<Value>(env: Environment, read: (report: Report) => Value): { value: Value; problems: ConfigProblem[] } {
  knowSecretsOf(env);
  const problems: ConfigProblem[] = [];
  const value = read((variable, problem) => void problems.push({ variable, problem }));
  return { value, problems };
}

function readConfig(env: Environment, report: Report): Config {
  const read = readerOf(env, report);
  const { accounts, knownAccounts, variables, warnings, files } = readAccounts({ env, read, report });
  const healthAddress = read('JOBTRACK_HEALTH_ADDRESS');
  const metricsAddress = read('JOBTRACK_METRICS_ADDRESS');
  if (healthAddress !== null && healthAddress === metricsAddress && !healthAddress.endsWith(':0')) {
    report('JOBTRACK_METRICS_ADDRESS', 'is the address of JOBTRACK_HEALTH_ADDRESS too: choose another port');
  }
  return {
    taskQueue: read('JOBTRACK_TASK_QUEUE'),
    holdMs: read('JOBTRACK_HOLD_MS'),
    reportEveryMs: read('JOBTRACK_REPORT_EVERY_MS'),
    maxHolds: read('JOBTRACK_MAX_HOLDS'),
    memoryMb: read('JOBTRACK_MEMORY_MB'),
    lostAfterMs: read('JOBTRACK_LOST_AFTER_MS'),
    defaultPolling: read('JOBTRACK_DEFAULT_POLLING'),
    defaultLimits: read('JOBTRACK_DEFAULT_LIMITS'),
    healthAddress,
    metricsAddress,
    logLevel: read('JOBTRACK_LOG_LEVEL'),
    logFormat: read('JOBTRACK_LOG_FORMAT'),
    searchAttributes: read('JOBTRACK_SEARCH_ATTRIBUTES'),
    nexus: read('JOBTRACK_NEXUS'),
    traceHosts: read('JOBTRACK_TRACE_HOSTS') ?? [],
    deployment: deploymentOf(read, report),
    accounts,
    knownAccounts,
    ...(files === null ? {} : { accountFiles: refreshing(files) }),
    ...proxyForOf(env, accounts, report),
    warnings: [...unknownVariables(env, variables), ...warnings],
  };
}

/** A wrong proxy is reported only if an account needs it. Services on this machine do not. */
function proxyForOf(env: Environment, accounts: readonly Account[], report: Report): Pick<Config, 'proxyFor'> {
  const proxies = readProxies(env);
  if (proxies === null) return {};
  for (const { variable, problem } of proxyProblems(proxies, accounts)) report(variable, problem);
  return {
    // Without the error, an account that came later would go around a proxy that is wrong.
    proxyFor: (url) => {
      const { proxy, problem } = proxies.forUrl(url);
      if (problem !== null) throw new ConfigError([problem]);
      return proxy;
    },
  };
}

function proxyProblems(proxies: ReturnType<typeof readProxies>, accounts: readonly Account[]): ConfigProblem[] {
  // An account without a base URL uses a public address.
  const urls = new Set(accounts.map(({ baseUrl }) => baseUrl ?? 'https://public.invalid'));
  const routes = [...urls].map((url) => proxies?.forUrl(new URL(url)));
  const problems = routes.flatMap((route) => route?.problem ?? []);
  return [...new Map(problems.map((one) => [one.variable, one])).values()];
}

/** A wrong proxy that no account needed at the start may be needed by one that comes later. */
function refreshing(files: NonNullable<AccountsRead['files']>): AccountFiles {
  const proxies = readProxies(files.env);
  const ofProxies = (accounts: readonly Account[]): string[] =>
    proxyProblems(proxies, accounts).map(({ variable, problem }) => `needs ${variable}, which ${problem}`);
  return accountFilesOf({ ...files, check: (read) => [...files.check(read), ...ofProxies(read.accounts)] });
}

function deploymentOf(read: Read, report: Report): Config['deployment'] {
  const deploymentName = read('TEMPORAL_DEPLOYMENT_NAME');
  const buildId = read('TEMPORAL_WORKER_BUILD_ID');
  if (deploymentName !== null && buildId !== null) return { deploymentName, buildId };
  const missing = 'is missing: worker versioning needs the name of the deployment and the build id, or neither';
  if (deploymentName !== null) report('TEMPORAL_WORKER_BUILD_ID', missing);
  if (buildId !== null) report('TEMPORAL_DEPLOYMENT_NAME', missing);
  return null;
}

/** Without this warning, a misspelt variable would silently have no effect. */
function unknownVariables(env: Environment, variables: readonly string[]): string[] {
  const known = new Set([...settings.map(({ name }) => name), ...variables]);
  const unknown = Object.keys(env).filter((name) => name.startsWith('JOBTRACK_') && !known.has(name));
  return unknown.filter((name) => valueOf(env, name) !== null).map((name) => `${name} is not known, and does nothing`);
}
