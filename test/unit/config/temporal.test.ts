import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Environment, loadTemporalConfig } from '../../../src/config/index.ts';
import { maskKnown } from '../../../src/process/masking.ts';
import { configErrorOf, printed, TOKEN } from '../../support/config-problems.ts';
import { scratchFolder } from '../../support/scratch.ts';

const pem = (what: string): string => `-----BEGIN ${what}-----\nAA==\n-----END ${what}-----\n`;

describe('Temporal', () => {
  const problems = (env: Environment): string[] =>
    configErrorOf(() => loadTemporalConfig(env)).problems.map(({ variable }) => variable);

  test('is local by default, and empty variables are none', () => {
    const local = { connectionOptions: { address: 'localhost:7233' }, namespace: 'default' };
    expect(loadTemporalConfig({})).toEqual(local);
    const empty = { TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '', TEMPORAL_NAMESPACE: '', TEMPORAL_TLS: '' };
    expect(loadTemporalConfig(empty)).toEqual(local);
  });

  test('is found by its variables', () => {
    const env = { TEMPORAL_ADDRESS: 'a.example:1', TEMPORAL_NAMESPACE: 'n', TEMPORAL_API_KEY: TOKEN };
    expect(loadTemporalConfig(env)).toEqual({
      connectionOptions: { address: 'a.example:1', apiKey: TOKEN, tls: true },
      namespace: 'n',
    });
  });

  test('is found by a profile of its own file, below the variables', async () => {
    const file = join(await scratchFolder(), 'temporal.toml');
    await writeFile(file, '[profile.prod]\naddress = "p.example:7233"\nnamespace = "prod"\n');
    const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' };
    expect(loadTemporalConfig({ ...env, TEMPORAL_NAMESPACE: 'mine' })).toEqual({
      connectionOptions: { address: 'p.example:7233' },
      namespace: 'mine',
    });
    expect(problems({ ...env, TEMPORAL_PROFILE: 'absent' })).toEqual(['TEMPORAL_PROFILE']);
  });

  test('has no profile with the name of a property that every object has, and writes nothing there', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(problems({ TEMPORAL_PROFILE: name, TEMPORAL_ADDRESS: 'a.example:1' })).toEqual(['TEMPORAL_PROFILE']);
    }
    expect({}).not.toHaveProperty('address');
  });

  test.each(['', 'api_key = S3CR3T', '[profile.default]\naddress = 7'])(
    'I2: a file that holds %j is refused, and not quoted',
    async (content) => {
      const file = join(await scratchFolder(), 'temporal.toml');
      await writeFile(file, content);
      const error = configErrorOf(() => loadTemporalConfig({ TEMPORAL_CONFIG_FILE: file }));
      expect(error.problems.map(({ variable }) => variable)).toEqual(['TEMPORAL_CONFIG_FILE']);
      expect(printed(error)).not.toContain('S3CR3T');
    },
  );

  test.each([
    [{ TEMPORAL_API_KEY: TOKEN, TEMPORAL_TLS: 'false' }, 'TEMPORAL_TLS'],
    [{ TEMPORAL_TLS: 'True' }, 'TEMPORAL_TLS'],
    [{ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }, 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'],
    [{ TEMPORAL_TLS_CLIENT_CERT_DATA: pem('CERTIFICATE') }, 'TEMPORAL_TLS_CLIENT_KEY_PATH'],
    [{ TEMPORAL_TLS_CLIENT_KEY_DATA: pem('PRIVATE KEY') }, 'TEMPORAL_TLS_CLIENT_CERT_PATH'],
    [
      { TEMPORAL_TLS_CLIENT_CERT_DATA: pem('PRIVATE KEY'), TEMPORAL_TLS_CLIENT_KEY_DATA: pem('EC PRIVATE KEY') },
      'TEMPORAL_TLS_CLIENT_CERT_DATA',
    ],
    [
      { TEMPORAL_TLS_CLIENT_CERT_DATA: pem('CERTIFICATE'), TEMPORAL_TLS_CLIENT_KEY_DATA: pem('PUBLIC KEY') },
      'TEMPORAL_TLS_CLIENT_KEY_DATA',
    ],
    [{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: import.meta.filename }, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    [{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere' }, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/a', TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'b' },
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    ],
    [{ TEMPORAL_ADDRESS: 'https://a.example' }, 'TEMPORAL_ADDRESS'],
    [{ TEMPORAL_NAMESPACE: 'two words' }, 'TEMPORAL_NAMESPACE'],
    [{ TEMPORAL_NAMESPACE: 'two\nlines' }, 'TEMPORAL_NAMESPACE'],
  ] as const)('refuses %j, which would connect in another way than it says', (env, variable) => {
    expect(problems(env)).toEqual([variable]);
  });

  test('a value of the file is read as meant, like one of a variable', async () => {
    const file = join(await scratchFolder(), 'temporal.toml');
    const lines = ['address = " p.example:7233/ "', String.raw`api_key = "Bearer ${TOKEN}\r\n"`];
    const headers = ['[profile.default.grpc_meta]', String.raw`authorization = "'Basic abc'\n"`];
    await writeFile(file, ['[profile.default]', ...lines, ...headers].join('\n'));
    expect(loadTemporalConfig({ TEMPORAL_CONFIG_FILE: file }).connectionOptions).toEqual({
      address: 'p.example:7233',
      apiKey: TOKEN,
      tls: true,
      metadata: { authorization: 'Basic abc' },
    });
  });

  test('I2: a key in the file that no header can hold is refused, and not quoted', async () => {
    const file = join(await scratchFolder(), 'temporal.toml');
    await writeFile(file, String.raw`profile.default.api_key = "S3CR3T-one\nS3CR3T-two"`);
    const error = configErrorOf(() => loadTemporalConfig({ TEMPORAL_CONFIG_FILE: file }));
    expect(error.problems.map(({ variable }) => variable)).toEqual(['TEMPORAL_CONFIG_FILE']);
    expect(printed(error)).not.toContain('S3CR3T');
  });

  test('a key and a certificate may be written on one line, with the two characters for each line end', () => {
    const oneLine = (text: string): string => text.trim().replaceAll('\n', String.raw`\n`);
    const env = {
      TEMPORAL_TLS_CLIENT_CERT_DATA: oneLine(pem('CERTIFICATE')),
      TEMPORAL_TLS_CLIENT_KEY_DATA: `"${oneLine(pem('PRIVATE KEY'))}"`,
    };
    const { tls } = loadTemporalConfig(env).connectionOptions;
    const pair = typeof tls === 'object' && tls !== null ? tls.clientCertPair : undefined;
    expect([pair?.crt, pair?.key].map((part) => Buffer.from(part ?? []).toString())).toEqual([
      pem('CERTIFICATE').trim(),
      pem('PRIVATE KEY').trim(),
    ]);
  });

  test.each([
    ['TEMPORAL_CONFIG_FILE', {}],
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', {}],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH', { TEMPORAL_TLS_CLIENT_CERT_DATA: pem('CERTIFICATE') }],
  ])('%s that names a FIFO or a device is refused at once', async (variable, rest) => {
    const fifo = join(await scratchFolder(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of [fifo, '/dev/zero', '/']) expect(problems({ ...rest, [variable]: path })).toEqual([variable]);
  });

  test('a FIFO in the usual place of the configuration file is refused at once, and a file there is read', async () => {
    const home = await scratchFolder();
    const folder = join(home, '.config', 'temporalio');
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'temporal.toml');
    execFileSync('mkfifo', [path]);
    const { problems: told } = configErrorOf(() => loadTemporalConfig({ HOME: home }));
    const problem = 'is not set, and the file in its usual place cannot be read: set it to the path of another file';
    expect(told).toEqual([{ variable: 'TEMPORAL_CONFIG_FILE', problem }]);
    await rm(path);
    await writeFile(path, '[profile.default]\nnamespace = "usual"\n');
    expect(loadTemporalConfig({ XDG_CONFIG_HOME: join(home, '.config') }).namespace).toBe('usual');
    expect(loadTemporalConfig({ HOME: await scratchFolder() }).namespace).toBe('default');
  });

  test('I2: the key of the client certificate is masked wherever a library quotes it', () => {
    const body = 'bm90LWEta2V5LWJ1dC1sb25nLWVub3VnaC10by1iZS1vbmU=';
    const key = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`;
    loadTemporalConfig({ TEMPORAL_TLS_CLIENT_KEY_DATA: key, TEMPORAL_TLS_CLIENT_CERT_DATA: pem('CERTIFICATE') });
    expect(maskKnown(`unreadable: ${JSON.stringify(key)}`)).not.toContain(body);
  });

  test('host verification that is not disabled does not switch TLS on', () => {
    const { connectionOptions } = loadTemporalConfig({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'false' });
    expect(connectionOptions.tls).toBeUndefined();
  });
});
