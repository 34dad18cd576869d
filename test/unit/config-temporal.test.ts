import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/config.ts';
import { loadTemporalConfig } from '../../src/config.ts';
import { configErrorOf, printed, TOKEN } from '../support/config-problems.ts';
import { scratchFolder } from '../support/scratch.ts';

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

  test('has no profile by the name of what every object has, and nothing is written there', () => {
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
  ] as const)('refuses %j, which would connect otherwise than it says', (env, variable) => {
    expect(problems(env)).toEqual([variable]);
  });

  test('host verification that is not disabled does not switch TLS on', () => {
    const { connectionOptions } = loadTemporalConfig({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'false' });
    expect(connectionOptions.tls).toBeUndefined();
  });
});
