import { describe, expect, test } from 'vitest';
import { examineWorkerConfig, loadConfig, loadTemporalConfig } from '../../../src/config/index.ts';
import { maskKnown } from '../../../src/process/masking.ts';

const TOKEN = 'dw_live_made-up-0123456789';

const around: [what: string, wrap: (text: string) => string][] = [
  ['as it is', (text) => text],
  ['a line end', (text) => `${text}\n`],
  ['a line end of Windows', (text) => `${text}\r\n`],
  ['a carriage return', (text) => `${text}\r`],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['blanks', (text) => `  ${text}\t`],
  ['a blank that does not break', (text) => `\u00a0${text}\u00a0`],
  ['quotes of an env file', (text) => `"${text}"`],
  ['single quotes', (text) => `'${text}'`],
  ['typographic quotes and a line end', (text) => `\u201c${text}\u201d\n`],
];

describe.each(around)('a value that was pasted with %s is read as meant', (_, wrap) => {
  test('a credential of a service, also with its scheme', async () => {
    for (const prefix of ['', 'Bearer ', 'bearer  ', 'Token ']) {
      const { accounts } = loadConfig({ DOCSWRITE_TOKEN: wrap(prefix + TOKEN) });
      expect(await accounts[0]?.secret.reveal()).toBe(TOKEN);
    }
  });

  test('addresses, names and words', () => {
    const config = loadConfig({
      DOCSWRITE_TOKEN: TOKEN,
      DOCSWRITE_BASE_URL: wrap('https://api.example.com/'),
      JOBTRACK_TASK_QUEUE: wrap('jobs'),
      JOBTRACK_HEALTH_ADDRESS: wrap('127.0.0.1:8080'),
      JOBTRACK_LOG_LEVEL: wrap('debug'),
      JOBTRACK_HOLD_MS: wrap('1000'),
    });
    const { taskQueue, healthAddress, logLevel, holdMs, accounts } = config;
    expect([taskQueue, healthAddress, logLevel, holdMs, accounts[0]?.baseUrl]).toEqual([
      'jobs',
      '127.0.0.1:8080',
      'debug',
      1_000,
      'https://api.example.com',
    ]);
  });

  test("Temporal's own variables", () => {
    const { connectionOptions, namespace } = loadTemporalConfig({
      TEMPORAL_ADDRESS: wrap('temporal.example.com:7233'),
      TEMPORAL_NAMESPACE: wrap('jobs.abc'),
      TEMPORAL_API_KEY: wrap(`Bearer ${TOKEN}`),
      TEMPORAL_GRPC_META_AUTHORIZATION: wrap(`Bearer ${TOKEN}`),
    });
    expect([connectionOptions?.address, namespace, connectionOptions?.apiKey, connectionOptions?.metadata]).toEqual([
      'temporal.example.com:7233',
      'jobs.abc',
      TOKEN,
      { authorization: `Bearer ${TOKEN}` },
    ]);
  });
});

describe('I2: a credential that no header can hold is refused by the name of its variable, and not quoted', () => {
  test.each([
    'a\nb-secret-0123456789',
    'a\u0007b-secret-0123456789',
    '"half-secret-0123456789',
    'two words-secret-0123456789',
    'schl\u00fcssel\u20ac-0123456789',
  ])('%j', (value) => {
    const { problems, temporalProblems } = examineWorkerConfig({ DOCSWRITE_TOKEN: value, TEMPORAL_API_KEY: value });
    expect([...problems, ...temporalProblems].map(({ variable }) => variable)).toEqual([
      'DOCSWRITE_TOKEN',
      'TEMPORAL_API_KEY',
    ]);
    expect(JSON.stringify([problems, temporalProblems])).not.toContain('0123456789');
    expect(maskKnown(`illegal header value "${value}"`)).not.toContain('0123456789');
  });
});

test('a key with a character that gRPC cannot send is refused by name, also if it is in a file', () => {
  const { temporalProblems } = examineWorkerConfig({ TEMPORAL_API_KEY: 'schl\u00fcssel-0123456789' });
  expect(temporalProblems).toEqual([
    { variable: 'TEMPORAL_API_KEY', problem: expect.stringContaining('holds characters that are not ASCII') },
  ]);
});

describe('a value that was cut out of its quotation marks, or has several around it, is refused by name', () => {
  test.each([
    ['JOBTRACK_TASK_QUEUE', '"jobs'],
    ['JOBTRACK_TASK_QUEUE', `'"jobs"'`],
    ['JOBTRACK_LOG_LEVEL', 'debug"'],
    ['TEMPORAL_ADDRESS', '"temporal.example:7233'],
    ['TEMPORAL_NAMESPACE', '"jobs'],
    ['TEMPORAL_CONFIG_FILE', '"/nowhere/temporal.toml'],
    ['TEMPORAL_TLS_SERVER_NAME', '"temporal.example'],
  ])('%s=%s', (variable, value) => {
    const { problems, temporalProblems } = examineWorkerConfig({ [variable]: value });
    expect([...problems, ...temporalProblems]).toEqual([
      { variable, problem: 'begins or ends with a quotation mark that has no partner: set it to the value alone' },
    ]);
  });

  test.each(['https://temporal.example', 'temporal.example/', 'two words'])('TEMPORAL_TLS_SERVER_NAME=%s', (value) => {
    const { temporalProblems } = examineWorkerConfig({ TEMPORAL_TLS_SERVER_NAME: value });
    expect(temporalProblems.map(({ variable }) => variable)).toEqual(['TEMPORAL_TLS_SERVER_NAME']);
  });
});
