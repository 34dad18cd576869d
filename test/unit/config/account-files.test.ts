import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../../src/config/index.ts';
import { problemsOf, TOKEN } from '../../support/config-problems.ts';
import { scratchFolder } from '../../support/scratch.ts';

const entry = { provider: 'docswrite', tokenEnv: 'T' };

async function write(path: string, accounts: object | string): Promise<void> {
  await writeFile(path, typeof accounts === 'string' ? accounts : JSON.stringify(accounts));
}

function namesIn(accounts: readonly { provider: string; name: string }[] | undefined): string[] | undefined {
  return accounts?.map(({ provider, name }) => `${provider}/${name}`);
}

describe('a folder of files of accounts', () => {
  test('has all accounts of its JSON files; a token file is relative to the folder', async () => {
    const folder = await scratchFolder();
    await write(join(folder, 'b.json'), { beta: { provider: 'docswrite', tokenFile: 'beta.token' } });
    await write(join(folder, 'a.json'), { alpha: entry, beta: { ...entry, provider: 'deepwriter' } });
    await write(join(folder, 'beta.token'), 'of-beta');
    await write(join(folder, 'notes.txt'), 'not an account');
    const { accounts } = loadConfig({ JOBTRACK_ACCOUNTS: folder, T: TOKEN });
    expect(namesIn(accounts)).toEqual(['docswrite/alpha', 'deepwriter/beta', 'docswrite/beta']);
    expect(await accounts[2]?.secret.reveal()).toBe('of-beta');
  });

  test('may be a mounted ConfigMap of Kubernetes: links are followed, names with a dot are left out', async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, '..2026_1'));
    await write(join(folder, '..2026_1', 'a.json'), { alpha: entry });
    await write(join(folder, '.hidden.json'), 'no JSON');
    await symlink('..2026_1', join(folder, '..data'));
    await symlink(join('..data', 'a.json'), join(folder, 'a.json'));
    expect(namesIn(loadConfig({ JOBTRACK_ACCOUNTS: folder, T: TOKEN }).accounts)).toEqual(['docswrite/alpha']);
  });

  test('may be empty: the accounts may come later', async () => {
    expect(loadConfig({ JOBTRACK_ACCOUNTS: await scratchFolder() }).accounts).toEqual([]);
  });

  test('each problem names its file; one name of one service in two files is a problem, and both are named', async () => {
    const folder = await scratchFolder();
    await write(join(folder, 'a.json'), { alpha: entry, ' beta ': entry, beta: entry });
    await write(join(folder, 'b.json'), { alpha: entry, gamma: { ...entry, tokenEnv: 'NONE' } });
    await write(join(folder, 'c.json'), '{');
    await mkdir(join(folder, 'd.json'));
    const problems = problemsOf({ JOBTRACK_ACCOUNTS: folder, T: TOKEN }).map(({ problem }) => problem);
    expect(problems).toEqual([
      'names a folder with the file c.json, that is no JSON object: write { name: { provider, tokenEnv or tokenFile, pool, baseUrl, auth, requestsPerMinute } }',
      'd.json in the folder: names a directory: give the path of a file in it',
      'account "beta" of docswrite is twice in a.json: keep one of them',
      'account "alpha" of docswrite is in a.json and in b.json: keep one of them',
      'account "gamma" in b.json: tokenEnv names a variable that is not set: set it to the credential',
    ]);
  });
});

/** The clock of files counts so coarsely on some systems that a fresh file is read at each look. An old file is not. */
async function age(path: string): Promise<void> {
  await utimes(path, new Date(0), new Date(0));
}

describe('the files while a worker runs', () => {
  async function loaded(accounts: object) {
    const path = join(await scratchFolder(), 'accounts.json');
    await write(path, accounts);
    const env: Record<string, string> = { JOBTRACK_ACCOUNTS: path, T: TOKEN, DEEPWRITER_TOKEN: 'another' };
    const config: Config = loadConfig(env);
    const refresh = async () => config.accountFiles?.refresh();
    return { path, env, config, refresh };
  }

  test('nothing changes while the text stays the same, even if the file is replaced', async () => {
    const { path, refresh } = await loaded({ alpha: entry });
    expect(await refresh()).toBeNull();
    await age(path);
    expect([await refresh(), await refresh()]).toEqual([null, null]);
    await write(`${path}.new`, { alpha: entry });
    await rename(`${path}.new`, path);
    expect(await refresh()).toBeNull();
  });

  test('a change brings all accounts; those that are the same keep their credential', async () => {
    const { path, config, refresh } = await loaded({ alpha: entry, beta: entry });
    await refresh();
    await age(path);
    await refresh();
    await write(path, { beta: { ...entry, requestsPerMinute: 60 }, alpha: entry, gamma: { ...entry, pool: 'emea' } });
    const change = await refresh();
    expect(change?.problems).toEqual([]);
    expect(namesIn(change?.accounts)).toEqual([
      'deepwriter/default',
      'docswrite/beta',
      'docswrite/alpha',
      'docswrite/gamma',
    ]);
    expect(change?.accounts[0]).toBe(config.accounts[0]);
    expect(change?.accounts[2]).toBe(config.accounts[1]);
    expect(change?.accounts[1]).not.toBe(config.accounts[2]);
    expect(await refresh()).toBeNull();
  });

  test('I2: a wrong file is reported once, without what it holds; a right one is a change again', async () => {
    const { path, refresh } = await loaded({ alpha: entry });
    await write(path, `{ "alpha": ${TOKEN}`);
    const wrong = await refresh();
    expect(wrong?.problems).toEqual([expect.stringContaining('names a file that is no JSON object')]);
    expect(JSON.stringify(wrong)).not.toContain(TOKEN);
    expect(await refresh()).toBeNull();
    await rm(path);
    expect((await refresh())?.problems).toEqual([
      'names a file that cannot be read (ENOENT): check the path and who may read it',
    ]);
    await write(path, { alpha: entry });
    expect(await refresh()).toMatchObject({ problems: [], accounts: [{ name: 'default' }, { name: 'alpha' }] });
  });

  test('an account whose credential comes later than its entry is taken up when it comes', async () => {
    const { path, refresh } = await loaded({ alpha: entry });
    await write(path, { alpha: entry, beta: { provider: 'docswrite', tokenFile: 'beta.token' } });
    expect((await refresh())?.problems).toEqual([
      'account "beta": tokenFile names a file that cannot be read (ENOENT): check the path and who may read it',
    ]);
    expect(await refresh()).toBeNull();
    await write(join(path, '..', 'beta.token'), 'of-beta');
    const change = await refresh();
    expect(change?.problems).toEqual([]);
    expect(await change?.accounts[2]?.secret.reveal()).toBe('of-beta');
  });

  test('an account that is also a default account, and one that needs a wrong proxy, are problems', async () => {
    const { path, env, config } = await loaded({ local: { ...entry, baseUrl: 'http://localhost:1' } });
    env['DEEPWRITER_BASE_URL'] = 'http://localhost:2';
    env['HTTPS_PROXY'] = 'socks5://proxy.example:1';
    const { accountFiles } = loadConfig(env);
    expect(config.accountFiles).not.toBe(accountFiles);
    await write(path, { default: { ...entry, provider: 'deepwriter' }, alpha: entry });
    expect((await accountFiles?.refresh())?.problems).toEqual([
      'account "default" of deepwriter is given by DEEPWRITER_TOKEN or DEEPWRITER_TOKEN_FILE or DEEPWRITER_POOL too: keep one of them',
      expect.stringContaining('needs HTTPS_PROXY, which names a SOCKS proxy'),
    ]);
  });

  test('the swap of a mounted folder is one change', async () => {
    const folder = await scratchFolder();
    const version = async (name: string, accounts: object): Promise<void> => {
      await mkdir(join(folder, name));
      await write(join(folder, name, 'a.json'), accounts);
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await version('..1', { alpha: entry });
    await symlink(join('..data', 'a.json'), join(folder, 'a.json'));
    const { accountFiles } = loadConfig({ JOBTRACK_ACCOUNTS: folder, T: TOKEN });
    await version('..2', { beta: entry });
    expect(namesIn((await accountFiles?.refresh())?.accounts)).toEqual(['docswrite/beta']);
  });

  test('2 000 accounts in 2 000 files are read, and unchanged ones are not read again', async () => {
    const folder = await scratchFolder();
    for (let nth = 0; nth < 2_000; nth++) {
      const path = join(folder, `c${nth}.json`);
      await write(path, { [`c${nth}`]: entry });
      await age(path);
    }
    const { accounts, accountFiles } = loadConfig({ JOBTRACK_ACCOUNTS: folder, T: TOKEN });
    expect(accounts).toHaveLength(2_000);
    expect(await accountFiles?.refresh()).toBeNull();
    await write(join(folder, 'c7.json'), {});
    expect((await accountFiles?.refresh())?.accounts).toHaveLength(1_999);
  });
});
