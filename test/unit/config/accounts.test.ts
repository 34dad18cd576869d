import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examineWorkerConfig, loadConfig } from '../../../src/config/index.ts';
import { baseUrlProblem } from '../../../src/providers/account.ts';
import { PROVIDERS } from '../../../src/providers/registry/traits.ts';
import { configErrorOf, printed, problemsOf, TOKEN, wrongVariablesOf } from '../../support/config-problems.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function accountsFile(content: unknown): Promise<string> {
  const path = join(await scratchFolder(), 'accounts.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('default accounts', () => {
  test('a token makes an account', async () => {
    const env = {
      DOCSWRITE_TOKEN: ` ${TOKEN}\n`,
      DOCSWRITE_BASE_URL: 'https://docs.example/api/',
      DOCSWRITE_AUTH: 'Bearer',
      DOCSWRITE_REQUESTS_PER_MINUTE: '60',
      DOCSWRITE_POOL: 'emea',
      DEEPWRITER_TOKEN: 'another',
    };
    const { accounts } = loadConfig(env);
    const told = await Promise.all(
      accounts.map(async ({ secret, ...rest }) => ({ ...rest, token: await secret.reveal() })),
    );
    expect(told).toEqual([
      {
        name: 'default',
        provider: 'docswrite',
        pool: 'emea',
        baseUrl: 'https://docs.example',
        auth: 'bearer',
        requestsPerMinute: 60,
        token: TOKEN,
      },
      {
        name: 'default',
        provider: 'deepwriter',
        pool: 'shared',
        baseUrl: null,
        auth: null,
        requestsPerMinute: null,
        token: 'another',
      },
    ]);
  });

  test('a setting of an account without its credential is a problem', () => {
    const env = {
      DOCSWRITE_BASE_URL: 'https://d.example',
      DOCSWRITE_AUTH: 'bearer',
      DOCSWRITE_REQUESTS_PER_MINUTE: '9',
    };
    expect(wrongVariablesOf(env)).toEqual(Object.keys(env));
  });

  test('a token and a token file together are a problem, because it is not clear which one counts', async () => {
    const file = join(await scratchFolder(), 'token');
    await writeFile(file, TOKEN);
    expect(wrongVariablesOf({ DOCSWRITE_TOKEN: TOKEN, DOCSWRITE_TOKEN_FILE: file })).toEqual(['DOCSWRITE_TOKEN_FILE']);
  });

  test('an unknown way of authentication, and a budget that leaves nothing for polls, are problems', () => {
    const env = { DEEPWRITER_TOKEN: TOKEN, DEEPWRITER_AUTH: 'x-access-token', DEEPWRITER_REQUESTS_PER_MINUTE: '4' };
    expect(problemsOf(env)).toEqual([
      { variable: 'DEEPWRITER_AUTH', problem: 'must be bearer or x-api-key' },
      {
        variable: 'DEEPWRITER_REQUESTS_PER_MINUTE',
        problem: 'must be a whole number of requests per minute from 5 to 1000000',
      },
    ]);
  });

  test.each(PROVIDERS)(
    'provider $name of the table has its own variables, and its ways of authentication',
    (traits) => {
      const prefix = traits.name.toUpperCase().replaceAll('-', '_');
      const [auth = ''] = traits.auths;
      const { accounts } = loadConfig({ [`${prefix}_TOKEN`]: TOKEN, [`${prefix}_AUTH`]: auth });
      expect(accounts).toMatchObject([{ name: 'default', provider: traits.name, auth }]);
      expect(wrongVariablesOf({ [`${prefix}_TOKEN`]: TOKEN, [`${prefix}_AUTH`]: 'unheard-of' })).toEqual([
        `${prefix}_AUTH`,
      ]);
    },
  );

  test('a token file is read again at each use, so a rotated credential needs no restart', async () => {
    const file = join(await scratchFolder(), 'token');
    await writeFile(file, 'first\n');
    const secret = loadConfig({ DEEPWRITER_TOKEN_FILE: file }).accounts[0]?.secret;
    expect(await secret?.reveal()).toBe('first');
    await writeFile(file, '\uFEFFsecond\r\n');
    expect(await secret?.reveal()).toBe('second');
  });

  test('I2: while a token file is missing, a pipe, a device or too large, the last good credential stays, and the error names the variable', async () => {
    const folder = await scratchFolder();
    const file = join(folder, 'token');
    await writeFile(file, TOKEN);
    const secret = loadConfig({ DEEPWRITER_TOKEN_FILE: file }).accounts[0]?.secret;
    const replaced: [how: () => Promise<unknown>, trouble: string][] = [
      [() => Promise.resolve(), 'names a file that cannot be read (ENOENT)'],
      [() => writeFile(file, '\n'), 'names a file whose content is empty'],
      [async () => execFileSync('mkfifo', [file]), 'names a pipe, a socket or a device'],
      [() => symlink('/dev/zero', file), 'names a pipe, a socket or a device'],
      [() => mkdir(file), 'names a directory'],
      [() => writeFile(file, 'x'.repeat(70_000)), 'names a file of more than 64 KiB'],
    ];
    for (const [replace, trouble] of replaced) {
      await rm(file, { recursive: true, force: true });
      await replace();
      expect(await secret?.reveal()).toBe(TOKEN);
      expect(secret?.trouble?.()).toContain(`DEEPWRITER_TOKEN_FILE: ${trouble}`);
      expect(secret?.trouble?.()).not.toContain(folder);
    }
    await rm(file, { recursive: true });
    await writeFile(file, 'a-new-one');
    expect([await secret?.reveal(), secret?.trouble?.()]).toEqual(['a-new-one', null]);
  });

  test('one service is enough: a token file that is missing or empty leaves its account out, with a warning', async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, 'docswrite'), TOKEN);
    await writeFile(join(folder, 'empty'), '');
    const docswrite = { DOCSWRITE_TOKEN_FILE: join(folder, 'docswrite') };
    const missing = loadConfig({ ...docswrite, DEEPWRITER_TOKEN_FILE: join(folder, 'none') });
    const empty = loadConfig({ ...docswrite, DEEPWRITER_TOKEN_FILE: join(folder, 'empty') });
    for (const { accounts } of [missing, empty])
      expect(accounts.map(({ provider }) => provider)).toEqual(['docswrite']);
    const end = 'until then and a restart, this worker does not serve the default account of deepwriter';
    expect([missing.warnings, empty.warnings]).toEqual([
      [`DEEPWRITER_TOKEN_FILE names a file that cannot be read (ENOENT): check the path and who may read it; ${end}`],
      [`DEEPWRITER_TOKEN_FILE names a file whose content is empty: write the credential alone into it; ${end}`],
    ]);
    expect(printed(missing)).not.toContain(folder);
  });

  test('token files that leave a worker without any account, or that may not be read, are problems', async () => {
    const folder = await scratchFolder();
    const none = join(folder, 'none');
    expect(wrongVariablesOf({ DOCSWRITE_TOKEN_FILE: none, DEEPWRITER_TOKEN_FILE: none })).toEqual([
      'DOCSWRITE_TOKEN_FILE',
      'DEEPWRITER_TOKEN_FILE',
    ]);
    expect(wrongVariablesOf({ DOCSWRITE_TOKEN: TOKEN, DEEPWRITER_TOKEN_FILE: folder })).toEqual([
      'DEEPWRITER_TOKEN_FILE',
    ]);
  });

  test('an empty token file is reported at the start', async () => {
    const file = join(await scratchFolder(), 'token');
    await writeFile(file, ' \n');
    expect(problemsOf({ DOCSWRITE_TOKEN_FILE: file })).toEqual([
      {
        variable: 'DOCSWRITE_TOKEN_FILE',
        problem: 'names a file whose content is empty: write the credential alone into it',
      },
    ]);
  });
});

describe('base URLs', () => {
  const baseUrlOf = (text: string): string | null | undefined =>
    loadConfig({ DOCSWRITE_TOKEN: TOKEN, DOCSWRITE_BASE_URL: text }).accounts[0]?.baseUrl;

  test.each([
    ['https://api.docswrite.com', 'https://api.docswrite.com'],
    ['https://api.docswrite.com/', 'https://api.docswrite.com'],
    ['https://API.docswrite.com//api//', 'https://api.docswrite.com'],
    ['https://proxy.example/docswrite/api', 'https://proxy.example/docswrite'],
    ['https://proxy.example/apis', 'https://proxy.example/apis'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.2:1/api', 'http://127.0.0.2:1'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('%s is taken as %s', (text, taken) => {
    expect(baseUrlOf(text)).toBe(taken);
    expect(baseUrlProblem(text)).toBeNull();
  });

  test.each([
    'api.docswrite.com',
    'ftp://api.docswrite.com',
    'http://api.docswrite.com',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://192.168.0.1',
    'https://user:password@api.docswrite.com',
    'https://user@api.docswrite.com',
    'https://api.docswrite.com?key=1',
    'https://api.docswrite.com/#',
  ])('I2: %s is refused, as by the adapters, and not quoted', (text) => {
    const { problems, message } = configErrorOf(() => baseUrlOf(text));
    expect(problems.map(({ variable }) => variable)).toEqual(['DOCSWRITE_BASE_URL']);
    expect(message).not.toContain(text);
    expect(baseUrlProblem(text)).not.toBeNull();
  });
});

describe('accounts of a file', () => {
  test('have their credentials in variables, or in files next to it', async () => {
    const path = await accountsFile({
      archive: { provider: 'docswrite', tokenEnv: 'JOBTRACK_ARCHIVE_TOKEN', baseUrl: 'https://a.example/api' },
      books: { provider: 'my-own', tokenFile: 'keys/books', auth: 'x-my-own', pool: 'emea', requestsPerMinute: 5 },
    });
    const folder = join(path, '..', 'keys');
    await mkdir(folder);
    await writeFile(join(folder, 'books'), 'of books\n');
    const { accounts, warnings } = loadConfig({ JOBTRACK_ACCOUNTS: path, JOBTRACK_ARCHIVE_TOKEN: 'of-archive' });
    const told = await Promise.all(
      accounts.map(async ({ secret, ...rest }) => ({ ...rest, token: await secret.reveal() })),
    );
    expect(told).toEqual([
      {
        name: 'archive',
        provider: 'docswrite',
        pool: 'shared',
        baseUrl: 'https://a.example',
        auth: null,
        requestsPerMinute: null,
        token: 'of-archive',
      },
      {
        name: 'books',
        provider: 'my-own',
        pool: 'emea',
        baseUrl: null,
        auth: 'x-my-own',
        requestsPerMinute: 5,
        token: 'of books',
      },
    ]);
    expect(warnings).toEqual([]);
    await rm(join(folder, 'books'));
    expect(await accounts[1]?.secret.reveal()).toBe('of books');
    expect(accounts[1]?.secret.trouble?.()).toContain(
      'tokenFile of account "books" in JOBTRACK_ACCOUNTS: names a file',
    );
  });

  test('I2: all their problems are reported together, without pasted credentials', async () => {
    const path = await accountsFile({
      [TOKEN]: { provider: 'docswrite', tokenEnv: TOKEN },
      a: { provider: 'Docs Write', tokenFile: TOKEN, baseUrl: `https://${TOKEN}@x.example`, auth: 7 },
      b: { provider: 'docswrite', tokenEnv: 'EMPTY', auth: 'x-api-key', requestsPerMinute: 1.5, [TOKEN]: 1 },
      c: { provider: 'deepwriter' },
      d: TOKEN,
      e: { provider: 'deepwriter', tokenEnv: 'constructor' },
      f: { provider: 'deepwriter', pool: 'EU', requestsPerMinute: 9 },
      g: { provider: 'deepwriter', pool: 'emea', baseUrl: 'https://x.example' },
    });
    const error = configErrorOf(() => loadConfig({ JOBTRACK_ACCOUNTS: path, EMPTY: '' }));
    expect(new Set(error.problems.map(({ variable }) => variable))).toEqual(new Set(['JOBTRACK_ACCOUNTS']));
    expect(error.problems.map(({ problem }) => problem)).toEqual([
      'account 1: its name must be 1 to 40 of a-z, 0-9 and -',
      'account 1: tokenEnv names a variable that is not set: set it to the credential',
      'account "a": provider must be 1 to 40 of a-z, 0-9 and -',
      'account "a": baseUrl must not hold a user or password',
      'account "a": auth must be 1 to 40 of a-z, 0-9 and -',
      'account "a": tokenFile names a file that cannot be read (ENOENT): check the path and who may read it',
      'account "b": requestsPerMinute must be a whole number of requests per minute from 5 to 1000000',
      'account "b": has a field that is not known: known are provider, tokenEnv or tokenFile, pool, baseUrl, auth, requestsPerMinute',
      'account "b": auth must be x-access-token or bearer',
      'account "b": tokenEnv names a variable that is not set: set it to the credential',
      'account "c": needs tokenEnv (the name of a variable) or tokenFile (a path), and only one of them; or a pool alone, whose workers have it',
      'account "d": must be an object of provider, tokenEnv or tokenFile, pool, baseUrl, auth, requestsPerMinute',
      'account "e": tokenEnv names a variable that is not set: set it to the credential',
      'account "f": pool must be 1 to 40 of a-z, 0-9 and -',
      'account "g": has a pool and no credential, so baseUrl and auth have no effect: leave them out',
    ]);
    expect(printed(error)).not.toContain(TOKEN);
  });

  test('the doctor gets an account whose token file is missing, because it asks it; no other wrong one', async () => {
    const path = await accountsFile({
      books: { provider: 'deepwriter', tokenFile: 'none' },
      odd: { provider: 'deepwriter', tokenFile: 'none', auth: 'odd' },
      unset: { provider: 'deepwriter', tokenEnv: 'UNSET' },
    });
    const { config, problems } = examineWorkerConfig({ JOBTRACK_ACCOUNTS: path });
    expect([config.accounts.map(({ name }) => name), config.knownAccounts]).toEqual([['books'], []]);
    expect(problems).toHaveLength(4);
  });

  test('an account that is also a default account is a problem', async () => {
    const path = await accountsFile({ default: { provider: 'docswrite', tokenEnv: 'T' } });
    expect(problemsOf({ JOBTRACK_ACCOUNTS: path, DOCSWRITE_TOKEN: TOKEN, T: TOKEN })).toEqual([
      {
        variable: 'JOBTRACK_ACCOUNTS',
        problem:
          'account "default" of docswrite is given by DOCSWRITE_TOKEN or DOCSWRITE_TOKEN_FILE or DOCSWRITE_POOL too: keep one of them',
      },
    ]);
    expect(loadConfig({ JOBTRACK_ACCOUNTS: path, DEEPWRITER_TOKEN: TOKEN, T: TOKEN }).accounts).toHaveLength(2);
  });

  test('with a pool and without a credential, an account is known here and served by the workers of the pool', async () => {
    const path = await accountsFile({
      asia: { provider: 'docswrite', pool: 'apac', requestsPerMinute: 12 },
      here: { provider: 'docswrite', pool: 'emea', tokenEnv: 'T' },
    });
    const env = { JOBTRACK_ACCOUNTS: path, T: TOKEN, DEEPWRITER_POOL: 'apac', DEEPWRITER_REQUESTS_PER_MINUTE: '60' };
    const { accounts, knownAccounts } = loadConfig(env);
    expect(accounts).toMatchObject([{ name: 'here', pool: 'emea' }]);
    expect(knownAccounts).toEqual([
      { name: 'default', provider: 'deepwriter', pool: 'apac', requestsPerMinute: 60 },
      { name: 'asia', provider: 'docswrite', pool: 'apac', requestsPerMinute: 12 },
    ]);
  });

  test('two of one name are a problem, although JSON would silently keep the last one', async () => {
    const entry = (provider: string): string => `"same" : {"provider":"${provider}","tokenEnv":"T"}`;
    const env = { JOBTRACK_ACCOUNTS: await accountsFile(`{${entry('docswrite')},${entry('deepwriter')}}`), T: TOKEN };
    expect(problemsOf(env).map(({ problem }) => problem)).toEqual([
      'names a file with two accounts of one name: rename one of them',
    ]);
  });

  test('two of one name are found also if one of them is written with an escape', async () => {
    const entries = String.raw`{"same":{"provider":"docswrite","tokenEnv":"T"},"s\u0061me":{"provider":"docswrite","tokenEnv":"T"}}`;
    expect(problemsOf({ JOBTRACK_ACCOUNTS: await accountsFile(entries), T: TOKEN })).toHaveLength(1);
  });

  test.each(['{', '[]', '"text"', ''])('I2: a file that holds %j is refused, and not quoted', async (content) => {
    expect(wrongVariablesOf({ JOBTRACK_ACCOUNTS: await accountsFile(content) })).toEqual(['JOBTRACK_ACCOUNTS']);
  });
});
