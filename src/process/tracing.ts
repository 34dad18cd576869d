import { diag, type DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, type Environment } from '../config/index.ts';
import { traceSwitchOf } from '../config/otel.ts';
import { isRecord } from '../contract/json.ts';
import { plainText } from '../contract/text.ts';
import { idGenerator } from '../spans/span-ids.ts';

/** The traces of this process. */
export interface Tracing {
  /** Sends the last spans, for at most 5 s. */
  readonly stop: () => Promise<void>;
}

const OFF: Tracing = { stop: async () => undefined };
const PACKAGE = '@opentelemetry/sdk-node';
const VERSION = '0.223';
const STOP_MS = 5_000;

let started: Promise<Tracing> | null = null;

/**
 * Switches traces on, if the environment names a collector. OpenTelemetry's SDK reads its variables from `process.env`. A second call does
 * nothing, because a process has one provider.
 * @param warn receives sentences for people, at most one in 5 min
 * @throws ConfigError if the SDK is not installed
 */
export async function startTracing(env: Environment, warn: (message: string) => void): Promise<Tracing> {
  const variable = traceSwitchOf(env);
  if (variable === null) return OFF;
  started ??= start(variable, warn, env);
  return started;
}

async function start(variable: string, warn: (message: string) => void, env: Environment): Promise<Tracing> {
  const { NodeSDK, resources } = await loaded(variable);
  const isNamed =
    Boolean(env['OTEL_SERVICE_NAME']) || /(^|,)\s*service\.name\s*=/.test(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  // The SDK's own choice would add the command line and the user of the process.
  const detectors = env['OTEL_NODE_RESOURCE_DETECTORS'] ? {} : { resourceDetectors: [resources.envDetector] };
  const sdk = new NodeSDK({
    ...(isNamed ? {} : { serviceName: 'durable-job-tracker' }),
    ...detectors,
    idGenerator,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  });
  diag.setLogger(quietLogger(warn), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  sdk.start();
  const stop = async (): Promise<void> => {
    const flushed = sdk.shutdown().catch(() => undefined); // the logger has reported it
    await Promise.race([flushed, sleep(STOP_MS, undefined, { ref: false })]);
  };
  return { stop };
}

/** Loaded only when traces are on: it is large, and optional. */
async function loaded(variable: string): Promise<typeof Sdk> {
  try {
    return await import('@opentelemetry/sdk-node');
  } catch (error) {
    const problem =
      `switches traces on, but a package is missing: run \`npm install ${PACKAGE}@${VERSION}\`, ` +
      'or set OTEL_SDK_DISABLED=true';
    throw new ConfigError([{ variable, problem }], { cause: error });
  }
}

const QUIET_MS = 5 * 60_000;
const MAX_TEXT = 300;

/** A collector that is down would fill the log: each batch reports an error. */
function quietLogger(warn: (message: string) => void): DiagLogger {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (message: string): void => {
    if (performance.now() - saidAtMs < QUIET_MS) return;
    saidAtMs = performance.now();
    warn(`traces: ${plainText(readable(message), MAX_TEXT)}; the next such warning comes in 5 min at the earliest`);
  };
  const silent = (): void => undefined;
  return { error: say, warn: say, info: silent, debug: silent, verbose: silent };
}

/** The SDK reports an error as JSON, with its stack and the answer of the collector. */
function readable(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message);
    if (isRecord(parsed) && typeof parsed['message'] === 'string') return `cannot be sent: ${parsed['message']}`;
  } catch {
    return message;
  }
  return message;
}
