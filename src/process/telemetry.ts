import { DefaultLogger, type PrometheusMetricsExporter, Runtime, type RuntimeOptions } from '@temporalio/worker';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/settings.ts';

export type { Logger } from 'pino';

/** How to create a logger. */
export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Receives one line at a time. Default: stderr, because stdout is for the answer of a command. */
  readonly destination?: DestinationStream;
  /** Applied to each line, because an error of a library may quote a credential. Default: no mask. */
  readonly mask?: (line: string) => string;
}

/** Keys whose values may be credentials. This is a second defence: credentials should not be logged at all (I2). */
const SECRET_KEYS = ['token', 'authorization', 'Authorization', 'apiKey', 'password', 'secret', 'cookie', 'headers'];
const QUOTED_KEYS = ['x-access-token', 'x-api-key', 'X-Access-Token', 'X-API-Key', 'set-cookie'];
const PATHS = [...SECRET_KEYS.map((key) => `.${key}`), ...QUOTED_KEYS.map((key) => `["${key}"]`)];

/** pino has no path for any depth. So these are the paths for the logged object, and for one and two levels below. */
const redactedPaths = ['', '*', '*.*'].flatMap((at) => PATHS.map((path) => `${at}${path}`.replace(/^\./, '')));

/**
 * Creates the logger of the process. A line has `time` (ISO 8601), `level`, `msg` and the given fields.
 * Of errors in `err` and `error`, only type, message, code, stack and causes are kept.
 */
export function createLogger({ level, format, destination, mask = (line) => line }: LoggerOptions): Logger {
  // Synchronous, so that the last lines of a failing process are not lost.
  const stream = destination ?? standardError();
  const write = (line: string): void => stream.write(mask(line));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorOf, error: errorOf },
      redact: { paths: redactedPaths, censor: '[redacted]' },
    },
    { write: format === 'json' ? write : (line) => write(`${prettyLine(line)}\n`) },
  );
}

/** An error of the stream, such as a full disk, must not end the process. */
function standardError(): DestinationStream {
  const stream = pino.destination({ fd: 2, sync: true });
  stream.on('error', () => undefined);
  return stream;
}

const MAX_CAUSES = 5;

/** Only these parts are kept, because HTTP errors contain whole requests with their headers. */
function errorOf(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = 'code' in error && ['string', 'number'].includes(typeof error.code) ? { code: error.code } : {};
  const inner = cause instanceof Error && depth < MAX_CAUSES ? { cause: errorOf(cause, depth + 1) } : {};
  return { type: name, message, ...code, stack, ...inner };
}

/** @returns `10:15:30.123 WARN  message key=value …`, always one line */
function prettyLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const shown = Object.entries(fields).map(([key, value]) => ` ${key}=${valueText(value)}`);
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)}`;
  const text = `${head} ${typeof msg === 'string' ? msg : ''}${shown.join('')}`;
  // oxlint-disable-next-line no-control-regex -- a line break or an escape sequence in a text could forge a line
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  const isError = typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
  return JSON.stringify(isError ? value.message : value);
}

/** Warnings of the SDK and its core that are normal here: late answers of cancelled polls, and queues without workflows. */
const EXPECTED_WARNINGS = ['Activity not found on completion', 'No workflows registered'];

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Adapts the logger to the SDK. Its workers, workflows, activities and core then log through it. */
export function temporalLogger(logger: Logger): DefaultLogger {
  return new DefaultLogger('TRACE', ({ level, message, meta = {} }) => {
    const isExpected = level === 'WARN' && EXPECTED_WARNINGS.some((expected) => message.startsWith(expected));
    logger[isExpected ? 'debug' : LEVELS[level]](meta, message);
  });
}

/** How to install the SDK's runtime. */
export interface TelemetryOptions {
  readonly logger: Logger;
  /** `ip:port` for Prometheus to scrape; null: no metrics. */
  readonly metricsAddress: string | null;
  readonly logLevel: LogLevel;
}

let isInstalled = false;

/**
 * Installs the SDK's runtime with our logger and metrics. Call it before any connection or worker is created.
 * A second call does nothing, because a process has one runtime.
 * @throws Error if it cannot listen at the metrics address
 * @throws IllegalStateError if other code has created the runtime already
 */
export function installRuntime(options: TelemetryOptions): void {
  if (isInstalled) return;
  Runtime.install(runtimeOptions(options));
  isInstalled = true;
}

/** The core's INFO lines are of little use. They are logged only from our level `debug` on. */
const CORE_LEVELS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'WARN',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'ERROR',
  silent: 'ERROR',
} as const;

/** The options of `installRuntime`. The SDK handles no signals, because the worker must end its holds before it stops. */
export function runtimeOptions({ logger, metricsAddress, logLevel }: TelemetryOptions): RuntimeOptions {
  return {
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: CORE_LEVELS[logLevel], other: 'ERROR' }, forward: {} },
      ...(metricsAddress === null ? {} : { metrics: prometheusAt(metricsAddress) }),
    },
  };
}

const REQUEST_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const WAIT_S = [...REQUEST_S, 120, 300, 600, 1_800, 3_600];
const JOB_S = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800];

/** Buckets in s. Most default buckets end at 1 or 10 s, and an alert above the last one would never fire. */
const histogramBucketOverrides = {
  request_latency: REQUEST_S,
  workflow_task_execution_latency: REQUEST_S,
  workflow_task_replay_latency: REQUEST_S,
  local_activity_execution_latency: REQUEST_S,
  workflow_task_schedule_to_start_latency: WAIT_S,
  activity_schedule_to_start_latency: WAIT_S,
  activity_execution_latency: [...WAIT_S, 7_200], // an attempt that holds takes up to 80 min (src/contract/heartbeat.ts)
  activity_succeed_endtoend_latency: JOB_S,
  workflow_endtoend_latency: JOB_S,
  jobtrack_poll_interval: WAIT_S,
  jobtrack_poll_lateness: WAIT_S,
  jobtrack_budget_wait: WAIT_S,
  jobtrack_detection_delay: WAIT_S,
  jobtrack_polls_per_job: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000],
};

function prometheusAt(bindAddress: string): PrometheusMetricsExporter {
  const units = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
  return { prometheus: { bindAddress, ...units, histogramBucketOverrides } };
}
