import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { startToCloseMs } from '../../../src/contract/heartbeat.ts';
import { heartbeatMsFor } from '../../../src/polling/heartbeat.ts';
import {
  createLogger,
  installRuntime,
  type Logger,
  type LoggerOptions,
  runtimeOptions,
  temporalLogger,
} from '../../../src/process/telemetry.ts';

const TOKEN = 'dw_live_FAKE-0123456789';

function aLogger(options: Partial<LoggerOptions> = {}): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { logger: createLogger({ level: 'info', format: 'json', destination, ...options }), lines };
}

test('a json line has time, level, message and the fields, and nothing about the machine', () => {
  const { logger, lines } = aLogger();
  logger.child({ workflowId: 'job:docswrite:default:post:42' }).warn({ provider: 'docswrite', jobId: '42' }, 'lost');
  logger.debug('not logged');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      workflowId: 'job:docswrite:default:post:42',
      provider: 'docswrite',
      jobId: '42',
      msg: 'lost',
    },
  ]);
});

test('a pretty line is short, and stays one line with any texts', () => {
  const { logger, lines } = aLogger({ format: 'pretty' });
  logger.info({ account: 'default', title: 'A "book"', polls: 3, last: null }, 'one\n\u001b[31mtwo');
  logger.error({ error: new Error('refused') }, 'failed');
  logger.info({ account: 'default' });
  expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''))).toEqual([
    'INFO  one [31mtwo account=default title="A \\"book\\"" polls=3 last=null\n',
    'ERROR failed error="refused"\n',
    'INFO   account=default\n',
  ]);
});

test('I2: credentials are redacted where they should never have been', () => {
  for (const format of ['json', 'pretty'] as const) {
    const { logger, lines } = aLogger({ format });
    const headers = { authorization: TOKEN, 'x-api-key': TOKEN, 'x-access-token': TOKEN };
    const { accounts } = loadConfig({ DOCSWRITE_TOKEN: TOKEN });
    logger.info({ token: TOKEN, ...headers, request: headers, deep: { request: headers }, account: accounts[0] }, 'x');
    const httpError = Object.assign(new Error('x', { cause: Object.assign(new Error('y'), { headers }) }), { headers });
    logger.error(httpError);
    logger.error({ error: httpError }, 'x');
    logger.child({ token: TOKEN }).info('x');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain(TOKEN);
    expect(lines.join('')).toContain('[redacted]');
  }
});

test('errors keep type, message, code, stack and causes; an endless chain of causes ends', () => {
  const { logger, lines } = aLogger();
  const error = Object.assign(new TypeError('outer'), { code: 'EX' });
  error.cause = error;
  logger.error({ error }, 'x');
  const logged = JSON.parse(lines[0] ?? '') as { error: Record<string, unknown> };
  expect(logged.error).toMatchObject({ type: 'TypeError', message: 'outer', code: 'EX', cause: { message: 'outer' } });
  expect(logged.error['stack']).toContain('TypeError: outer');
});

test('what the SDK logs goes to the logger at its level', () => {
  const { logger, lines } = aLogger({ level: 'trace' });
  const sdk = temporalLogger(logger);
  sdk.trace('a');
  sdk.debug('b');
  sdk.info('c', { workflowId: 'w', big: 1n, [Symbol('time')]: 1n });
  sdk.warn('d');
  sdk.error('e', { error: new Error('refused') });
  sdk.log('INFO', 'f');
  const told = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
  expect(told.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    'trace a',
    'debug b',
    'info c',
    'warn d',
    'error e',
    'info f',
  ]);
  expect(told[2]).toMatchObject({ workflowId: 'w' });
  expect(told[4]).toMatchObject({ error: { message: 'refused' } });
});

test('the late answer of a cancelled poll is no warning', () => {
  const { logger, lines } = aLogger();
  temporalLogger(logger).warn('Activity not found on completion. This may happen if the activity has been cancelled');
  expect(lines).toEqual([]);
});

test('the runtime leaves signals to us, forwards its log, and exports metrics in seconds only on request', () => {
  const { logger } = aLogger();
  const options = { logger, logLevel: 'info' as const };
  expect(runtimeOptions({ ...options, metricsAddress: null }).telemetryOptions).toEqual({
    logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
  });
  const { shutdownSignals, telemetryOptions } = runtimeOptions({ ...options, metricsAddress: '127.0.0.1:0' });
  expect(shutdownSignals).toEqual([]);
  expect(telemetryOptions?.metrics).toMatchObject({
    prometheus: {
      bindAddress: '127.0.0.1:0',
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
    },
  });
});

test('the buckets of every histogram rise, and those for activities with holds reach beyond their timeout', () => {
  const { metrics } =
    runtimeOptions({ ...aLogger(), metricsAddress: '127.0.0.1:0', logLevel: 'info' }).telemetryOptions ?? {};
  if (metrics === undefined || !('prometheus' in metrics)) throw new Error(`no metrics: ${inspect(metrics)}`);
  const buckets = metrics.prometheus.histogramBucketOverrides ?? {};
  for (const [name, bounds] of Object.entries(buckets)) {
    expect(bounds, name).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
  }
  const longestS = startToCloseMs(heartbeatMsFor(1_000_000)) / 1_000;
  expect(Math.max(...(buckets['activity_execution_latency'] ?? []))).toBeGreaterThan(longestS);
});

test('the runtime is installed once, for any number of calls', () => {
  const { logger } = aLogger();
  const options = { logger, metricsAddress: '127.0.0.1:0', logLevel: 'info' as const };
  installRuntime(options);
  expect(() => installRuntime(options)).not.toThrow();
});

test('a log on a full disk loses its lines, and does not end the process', () => {
  const script = `import { createLogger } from '${new URL('../../../src/process/telemetry.ts', import.meta.url).href}';
    const logger = createLogger({ level: 'info', format: 'json' });
    for (let line = 0; line < 20; line += 1) logger.info('x');
    setImmediate(() => { logger.info('y'); console.log('alive'); });`;
  const full = openSync('/dev/full', 'w');
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', full],
    encoding: 'utf8',
  });
  closeSync(full);
  expect([status, stdout]).toEqual([0, 'alive\n']);
});
