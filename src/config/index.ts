/** Configuration: the one reader of the environment. Everything else is given a value. */
import { readAccounts } from './accounts.ts';
import { know } from './known-secrets.ts';
import { asMeant } from './pasted.ts';
import type { Account } from './account.ts';
import type { Limits } from '../contract/limits.ts';
import type { ProxyFor } from './proxy.ts';
import type { AttributeChoice } from '../contract/plan.ts';
import type { PollingOptions } from '../contract/polling-options.ts';
import { isGiven } from './row.ts';
import type { Environment, Report } from './row.ts';
import { readerOf, settings } from './settings.ts';
import type { LogFormat, LogLevel, Read } from './settings.ts';
import { readProxies } from './proxies.ts';
import { readTemporal } from './temporal.ts';
import type { TemporalConfig } from './temporal.ts';

export type { Environment } from './row.ts';
export type { LogFormat, LogLevel } from './settings.ts';
export type { TemporalConfig } from './temporal.ts';

/** What a worker is told. `Account.secret` is the only place of a credential, and prints as `[redacted]`. */
export interface Config {
  readonly taskQueue: string;
  /** Intervals up to this are waited out in the status activity, ms; 0: never. */
  readonly holdMs: number;
  /** A change of progress alone is told at most this often, ms. */
  readonly reportEveryMs: number;
  /** Intervals that one worker waits out at once, as far as its memory allows; beyond them the server does. */
  readonly maxHolds: number;
  /** What the worker may take, MiB; null: what the container or the machine has. */
  readonly memoryMb: number | null;
  /** The worker ends once the server has not answered for so long, ms; 0: never. */
  readonly lostAfterMs: number;
  /** What was given, to be put over the contract's defaults. */
  readonly defaultPolling: PollingOptions;
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
  readonly accounts: Account[];
  /** The way to a service, by `HTTPS_PROXY`, `NO_PROXY` and their like; straight if left out. */
  readonly proxyFor?: ProxyFor;
  /** Sentences for the log: what is likely a slip, but no reason to stop. */
  readonly warnings: string[];
}

/** One thing that is wrong. `problem` says what to do, and never holds the value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const lines = problems.map(({ variable, problem }) => `\n  ${variable}: ${problem}`);
    super(
      `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:${lines.join('')}`,
      options,
    );
    this.problems = problems;
  }
}

/** The environment of this process; nothing else reads `process.env`. */
export function environment(): Environment {
  return process.env;
}

/**
 * Reads the worker's configuration: `JOBTRACK_*` and the accounts. An empty variable counts as unset.
 * @throws ConfigError with every problem
 */
export function loadConfig(env: Environment = environment()): Config {
  return checked(env, (report) => readConfig(env, report));
}

/**
 * Reads how to reach Temporal: `TEMPORAL_*` and Temporal's configuration file.
 * @throws ConfigError with every problem
 */
export function loadTemporalConfig(env: Environment = environment()): TemporalConfig {
  return checked(env, (report) => readTemporal(env, report));
}

/**
 * Reads both, so that the problems of both are told together.
 * @throws ConfigError with every problem
 */
export function loadWorkerConfig(env: Environment = environment()): { config: Config; temporal: TemporalConfig } {
  return checked(env, (report) => ({ config: readConfig(env, report), temporal: readTemporal(env, report) }));
}

/** A configuration to be looked at, not to be run: what is wrong stands at its default, so whoever goes by it looks at the problems first. */
export interface ExaminedConfig {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  readonly temporal: TemporalConfig;
  readonly temporalProblems: readonly ConfigProblem[];
}

/** Reads what `loadWorkerConfig` does, and tells what is wrong beside what is right. */
export function examineWorkerConfig(env: Environment = environment()): ExaminedConfig {
  const own = noting(env, (report) => readConfig(env, report));
  const temporal = noting(env, (report) => readTemporal(env, report));
  return {
    config: own.value,
    problems: own.problems,
    temporal: temporal.value,
    temporalProblems: temporal.problems,
  };
}

function checked<Value>(env: Environment, read: (report: Report) => Value): Value {
  const { value, problems } = noting(env, read);
  if (problems.length > 0) throw new ConfigError(problems);
  return value;
}

/** Notes what the environment holds of secrets, also of those that nothing reads this time: an error may quote them all the same. */
export function knowSecretsOf(env: Environment): void {
  const names = settings.filter(({ secret }) => secret === true).map(({ name }) => name);
  const isSecret = (given: string): boolean =>
    names.some((name) => (name.endsWith('*') ? given.startsWith(name.slice(0, -1)) : given === name));
  for (const [name, value] of Object.entries(env)) if (value && isSecret(name)) know(value, asMeant(value));
  readProxies(env); // knows their users and passwords
}

function noting<Value>(env: Environment, read: (report: Report) => Value): { value: Value; problems: ConfigProblem[] } {
  knowSecretsOf(env);
  const problems: ConfigProblem[] = [];
  const value = read((variable, problem) => {
    problems.push({ variable, problem });
  });
  return { value, problems };
}

function readConfig(env: Environment, report: Report): Config {
  const read = readerOf(env, report);
  const { accounts, variables, warnings } = readAccounts({ env, read, report });
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
    deployment: deploymentOf(read, report),
    accounts,
    ...proxyForOf(env, accounts, report),
    warnings: [...unknownVariables(env, variables), ...warnings],
  };
}

/** A proxy is of no matter to a worker that calls services on its own machine alone. */
function proxyForOf(env: Environment, accounts: readonly Account[], report: Report): Pick<Config, 'proxyFor'> {
  const proxies = readProxies(env);
  if (proxies === null) return {};
  // An account without an address is at its provider's public one.
  const ways = accounts.map(({ baseUrl }) => proxies.forUrl(new URL(baseUrl ?? 'https://public.invalid')));
  const problems = new Map(
    ways.flatMap(({ problem }) => (problem === null ? [] : [[problem.variable, problem.problem] as const])),
  );
  for (const [variable, problem] of problems) report(variable, problem);
  return { proxyFor: (url) => proxies.forUrl(url).proxy };
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

/** A misspelt variable would otherwise be a setting that is silently not made. */
function unknownVariables(env: Environment, variables: readonly string[]): string[] {
  const known = new Set([...settings.map(({ name }) => name), ...variables]);
  const unknown = Object.keys(env).filter((name) => name.startsWith('JOBTRACK_') && !known.has(name));
  return unknown.filter((name) => isGiven(env, name)).map((name) => `${name} is not known, and does nothing`);
}
