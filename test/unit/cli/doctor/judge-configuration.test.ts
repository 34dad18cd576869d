import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isMisconfigured, isRefusedByCommands, judgeConfiguration } from '../../../../src/cli/doctor/configuration.ts';
import { examineWorkerConfig } from '../../../../src/config/index.ts';
import { scratchFolder } from '../../../support/scratch.ts';

const TOKEN = 'made-up-token-0123456789';

test('a configuration that can be read is shown with its accounts', () => {
  expect(judgeConfiguration(examineWorkerConfig({ DOCSWRITE_TOKEN: TOKEN }))).toEqual({
    name: 'configuration',
    status: 'ok',
    message: 'can be read; 1 account',
    hint: null,
  });
});

test('a likely mistake is a warning', () => {
  expect(judgeConfiguration(examineWorkerConfig({ JOBTRACK_TASKQUEUE: 'x' }))).toMatchObject({
    status: 'warning',
    message: 'JOBTRACK_TASKQUEUE is not known, and does nothing',
  });
});

test('all problems are reported together, those of Temporal too, without any value', () => {
  const examined = examineWorkerConfig({
    JOBTRACK_HOLD_MS: 'soon',
    DOCSWRITE_TOKEN: `${TOKEN}\nx`,
    TEMPORAL_ADDRESS: 'https://nowhere/',
  });
  const check = judgeConfiguration(examined);
  expect(check.status).toBe('failed');
  expect(check.message.split('; ').map((problem) => problem.split(':')[0])).toEqual([
    'DOCSWRITE_TOKEN',
    'JOBTRACK_HOLD_MS',
    'TEMPORAL_ADDRESS',
  ]);
  expect(check.message).not.toContain(TOKEN);
});

test('of thousands of wrong accounts the first 20 problems are shown, and what running workers do', async () => {
  const path = join(await scratchFolder(), 'accounts.json');
  const wrong = Array.from({ length: 2_000 }, (_, nth) => [`c${nth}`, { provider: 'docswrite' }]);
  await writeFile(path, JSON.stringify(Object.fromEntries(wrong)));
  const check = judgeConfiguration(examineWorkerConfig({ JOBTRACK_ACCOUNTS: path }));
  expect(check.message).toContain('account "c19"');
  expect(check.message).not.toContain('account "c20"');
  expect(check.message).toContain('; and 1980 more problems');
  expect(check.hint).toContain('workers that run keep the accounts that they have');
});

test('accounts that only other workers serve are counted apart', async () => {
  const path = join(await scratchFolder(), 'accounts.json');
  await writeFile(path, JSON.stringify({ asia: { provider: 'docswrite', pool: 'apac' } }));
  expect(judgeConfiguration(examineWorkerConfig({ JOBTRACK_ACCOUNTS: path })).message).toBe(
    'can be read; 0 accounts, and 1 of other workers',
  );
});

test.each([
  [{ TEMPORAL_TLS: 'perhaps' }, true],
  [{ JOBTRACK_TASK_QUEUE: 'with space' }, true],
  [{ JOBTRACK_HOLD_MS: 'soon' }, false],
  [{}, false],
])('of %j it is known whether every command refuses it', (env, isRefused) => {
  expect(isRefusedByCommands(examineWorkerConfig(env))).toBe(isRefused);
});

test.each([
  [{ DOCSWRITE_BASE_URL: 'http://elsewhere.example' }, true],
  [{ DOCSWRITE_AUTH: 'basic' }, true],
  [{ DEEPWRITER_BASE_URL: 'nowhere', DEEPWRITER_TOKEN: TOKEN }, false],
  [{}, false],
])(
  'with %j next to its credential, the default account of Docswrite is asked only at its intended address',
  (env, isWrong) => {
    const examined = examineWorkerConfig({ DOCSWRITE_TOKEN: TOKEN, ...env });
    const [docswrite] = examined.config.accounts;
    expect(docswrite === undefined ? null : isMisconfigured(docswrite, examined)).toBe(isWrong);
  },
);

test('an account with an unreadable token file is still asked, and reports the file itself', () => {
  const examined = examineWorkerConfig({ DOCSWRITE_TOKEN_FILE: '/nowhere/token' });
  expect(examined.config.accounts.map((account) => isMisconfigured(account, examined))).toEqual([false]);
});
