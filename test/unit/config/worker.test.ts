import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, loadTemporalConfig, loadWorkerConfig } from '../../../src/config/index.ts';
import { settings } from '../../../src/config/settings.ts';
import { accountVariable } from '../../../src/config/account-settings.ts';
import { PROVIDERS } from '../../../src/providers/registry/traits.ts';
import { configErrorOf, printed, TOKEN, wrongVariablesOf } from '../../support/config-problems.ts';

test('an empty environment gives the defaults, and no account', () => {
  expect(loadConfig({})).toEqual({
    taskQueue: 'job-tracker',
    holdMs: 30_000,
    reportEveryMs: 5_000,
    maxHolds: 1_000,
    memoryMb: null,
    lostAfterMs: 300_000,
    defaultPolling: {},
    defaultLimits: {},
    healthAddress: null,
    metricsAddress: null,
    logLevel: 'info',
    logFormat: 'json',
    searchAttributes: true,
    nexus: false,
    traceHosts: [],
    deployment: null,
    accounts: [],
    knownAccounts: [],
    warnings: [],
  });
});

test('an empty variable counts as unset', () => {
  const env = Object.fromEntries(settings.map(({ name }) => [name, '']));
  expect(loadConfig(env)).toEqual(loadConfig({}));
});

test('given values replace the defaults', () => {
  const env = {
    JOBTRACK_TASK_QUEUE: 'mine',
    JOBTRACK_HOLD_MS: '0',
    JOBTRACK_REPORT_EVERY_MS: ' 1000\n',
    JOBTRACK_MAX_HOLDS: '5',
    JOBTRACK_MEMORY_MB: '1024',
    JOBTRACK_LOST_AFTER_MS: '0',
    JOBTRACK_DEFAULT_POLLING: '{"mode":"fixed","intervalMs":5000}',
    JOBTRACK_DEFAULT_LIMITS: '{"totalMs":null,"onLimit":"cancel"}',
    JOBTRACK_HEALTH_ADDRESS: '[::1]:8080',
    JOBTRACK_METRICS_ADDRESS: 'localhost:9464',
    JOBTRACK_LOG_LEVEL: 'WARN',
    JOBTRACK_LOG_FORMAT: 'pretty',
    JOBTRACK_SEARCH_ATTRIBUTES: 'off',
    JOBTRACK_NEXUS: 'on',
    JOBTRACK_TRACE_HOSTS: 'API.example.com, localhost:8080',
    TEMPORAL_DEPLOYMENT_NAME: 'jobtrack',
    TEMPORAL_WORKER_BUILD_ID: 'abc-1',
  };
  expect(loadConfig(env)).toEqual({
    taskQueue: 'mine',
    holdMs: 0,
    reportEveryMs: 1_000,
    maxHolds: 5,
    memoryMb: 1_024,
    lostAfterMs: 0,
    defaultPolling: { mode: 'fixed', intervalMs: 5_000 },
    defaultLimits: { totalMs: null, onLimit: 'cancel' },
    healthAddress: '[::1]:8080',
    metricsAddress: '127.0.0.1:9464',
    logLevel: 'warn',
    logFormat: 'pretty',
    searchAttributes: false,
    nexus: true,
    traceHosts: ['api.example.com', 'localhost:8080'],
    deployment: { deploymentName: 'jobtrack', buildId: 'abc-1' },
    accounts: [],
    knownAccounts: [],
    warnings: [],
  });
});

test('all problems are reported together, each with its variable and what to do', () => {
  const { problems, message } = configErrorOf(() =>
    loadWorkerConfig({
      JOBTRACK_HOLD_MS: '-1',
      JOBTRACK_DEFAULT_POLLING: '{"minIntervalMs":1,"surprise":2,"mode":"often"}',
      JOBTRACK_DEFAULT_LIMITS: '[]',
      JOBTRACK_METRICS_ADDRESS: 'metrics.example:9464',
      JOBTRACK_LOG_FORMAT: 'xml',
      DOCSWRITE_TOKEN: ' ',
      DEEPWRITER_BASE_URL: 'http://deepwriter.example',
      TEMPORAL_ADDRESS: 'http://localhost:7233',
    }),
  );
  const told = problems.map(({ variable, problem }) => `${variable}: ${problem}`);
  expect(told.toSorted()).toEqual([
    'DEEPWRITER_BASE_URL: is given without a credential: set DEEPWRITER_TOKEN or DEEPWRITER_TOKEN_FILE, or leave it out',
    'DEEPWRITER_BASE_URL: must begin with https:// (http:// is for loopback only)',
    'DOCSWRITE_TOKEN: is empty: set it to the credential alone, or leave it out',
    'JOBTRACK_DEFAULT_LIMITS: must be a JSON object of totalMs, queuedMs, runningMs, stalledMs, onLimit',
    'JOBTRACK_DEFAULT_POLLING: has a field that is not known: known are mode, minIntervalMs, maxIntervalMs, intervalMs',
    'JOBTRACK_DEFAULT_POLLING: minIntervalMs must be whole milliseconds from 1000 to 86400000',
    'JOBTRACK_DEFAULT_POLLING: mode must be adaptive or fixed',
    'JOBTRACK_HOLD_MS: must be a whole number of ms from 0 to 55000',
    'JOBTRACK_LOG_FORMAT: must be json or pretty',
    'JOBTRACK_METRICS_ADDRESS: must be ip:port, such as 0.0.0.0:9464',
    'TEMPORAL_ADDRESS: must be host:port, without a scheme or path',
  ]);
  for (const line of told) expect(message).toContain(line);
});

test.each([
  ['JOBTRACK_TASK_QUEUE', 'two words'],
  ['JOBTRACK_TASK_QUEUE', '/_sys/mine'],
  ['JOBTRACK_HOLD_MS', '1e3'],
  ['JOBTRACK_HOLD_MS', '55001'],
  ['JOBTRACK_REPORT_EVERY_MS', '5s'],
  ['JOBTRACK_MAX_HOLDS', '0'],
  ['JOBTRACK_MEMORY_MB', '1G'],
  ['JOBTRACK_MEMORY_MB', '127'],
  ['JOBTRACK_DEFAULT_POLLING', 'null'],
  ['JOBTRACK_DEFAULT_POLLING', '{'],
  ['JOBTRACK_DEFAULT_POLLING', '{"minIntervalMs":9000,"maxIntervalMs":8000}'],
  ['JOBTRACK_DEFAULT_LIMITS', '{"onLimit":"explode"}'],
  ['JOBTRACK_DEFAULT_LIMITS', '{"__proto__":1}'],
  ['JOBTRACK_HEALTH_ADDRESS', '8080'],
  ['JOBTRACK_HEALTH_ADDRESS', '0.0.0.0:65536'],
  ['JOBTRACK_METRICS_ADDRESS', '999.0.0.1:1'],
  ['JOBTRACK_LOG_LEVEL', 'loud'],
  ['JOBTRACK_SEARCH_ATTRIBUTES', 'maybe'],
  ['JOBTRACK_SEARCH_ATTRIBUTES', 'JobState,JobMood'],
  ['JOBTRACK_ACCOUNTS', '/nowhere/accounts.json'],
  ['DOCSWRITE_TOKEN', 'two\nlines'],
  ['DOCSWRITE_TOKEN_FILE', '/nowhere/token'],
  ['DOCSWRITE_TOKEN_FILE', '/'],
])('%s = %j is a problem of that variable, and of no other', (name, value) => {
  expect(wrongVariablesOf({ [name]: value })).toEqual([name]);
});

test.each([
  [{ TEMPORAL_DEPLOYMENT_NAME: 'jobtrack' }, ['TEMPORAL_WORKER_BUILD_ID']],
  [{ TEMPORAL_WORKER_BUILD_ID: 'abc' }, ['TEMPORAL_DEPLOYMENT_NAME']],
  [{ TEMPORAL_DEPLOYMENT_NAME: 'a.b', TEMPORAL_WORKER_BUILD_ID: 'abc' }, ['TEMPORAL_DEPLOYMENT_NAME']],
])('worker versioning needs a deployment and a build id: %j', (env, wrong) => {
  expect(new Set(wrongVariablesOf(env))).toEqual(new Set(wrong));
});

test('health and metrics cannot listen on the same address', () => {
  const env = { JOBTRACK_HEALTH_ADDRESS: '127.0.0.1:80', JOBTRACK_METRICS_ADDRESS: 'localhost:80' };
  expect(wrongVariablesOf(env)).toEqual(['JOBTRACK_METRICS_ADDRESS']);
});

test('an unknown variable with our prefix is a warning, because it is probably misspelt', () => {
  const env = { JOBTRACK_HOLDMS: '1', JOBTRACK_TYPO: '', JOBTRACK_CACHE_DIR: '/tmp', OTHER: '1' };
  expect(loadConfig(env).warnings).toEqual(['JOBTRACK_HOLDMS is not known, and does nothing']);
});

test('the table of settings names every variable once, with its meaning, and marks the secret ones', () => {
  const names = settings.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(settings.filter(({ meaning }) => meaning === '')).toEqual([]);
  expect(settings.filter(({ secret }) => secret).map(({ name }) => name)).toEqual([
    ...PROVIDERS.map(({ name }) => accountVariable(name, 'token')),
    'TEMPORAL_API_KEY',
    'TEMPORAL_TLS_CLIENT_KEY_DATA',
    'TEMPORAL_GRPC_META_*',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  ]);
});

describe('I2: no secret is printed', () => {
  test('by a configuration', () => {
    const config = loadConfig({ DOCSWRITE_TOKEN: TOKEN });
    expect(printed(config)).not.toContain(TOKEN);
    expect(String(config.accounts[0]?.secret)).toBe('[redacted]');
    expect(JSON.parse(JSON.stringify(config.accounts[0]))).toMatchObject({ secret: '[redacted]' });
    expect(inspect(config.accounts[0]?.secret)).toBe('[redacted]');
  });

  test('by the options of a connection', () => {
    const { connectionOptions } = loadTemporalConfig({ TEMPORAL_API_KEY: TOKEN, TEMPORAL_GRPC_META_X: TOKEN });
    expect(connectionOptions).toMatchObject({ apiKey: TOKEN, metadata: { x: TOKEN }, tls: true });
    expect([JSON.stringify(connectionOptions), inspect(connectionOptions)].join()).not.toContain(TOKEN);
  });

  test('any values of the variables give a configuration, or a ConfigError that does not show them', () => {
    const marker = 'S3CR3T';
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.webUrl(),
      fc
        .dictionary(fc.constantFrom('mode', 'totalMs', marker), fc.constantFrom(1, marker, null))
        .map((v) => JSON.stringify(v)),
      fc.constantFrom('/', '.', '__proto__', 'http://localhost:80', '127.0.0.1:0', '100', 'bearer', 'off'),
    );
    const value = fc.tuple(garbage, fc.constantFrom('', marker)).map(([text, end]) => text.replaceAll('\0', '') + end);
    const names = settings.map(({ name }) => name);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (env) => {
        for (const load of [loadConfig, loadTemporalConfig, loadWorkerConfig]) {
          try {
            load(env);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
            expect(printed(error)).not.toContain(marker);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
