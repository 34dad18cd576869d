import { expect, onTestFinished, test } from 'vitest';
import type { AccountChange } from '../../../../src/config/account-refresh.ts';
import { reloadAccounts } from '../../../../src/worker-host/accounts/reload.ts';
import { eventually } from '../../../support/eventually.ts';

const change = (...problems: string[]): AccountChange => ({ accounts: [], knownAccounts: [], problems });

/** Files that show these changes one after the other, and then none. */
async function played(changes: readonly (AccountChange | Error | null)[], refuses = false) {
  const left = [...changes];
  const log: string[] = [];
  let looks = 0;
  const reload = reloadAccounts({
    everyMs: 1,
    files: {
      refresh: async () => {
        looks += 1;
        const next = left.shift() ?? null;
        if (next instanceof Error) throw next;
        return next;
      },
    },
    replace: () => {
      if (refuses) throw new RangeError('no such provider');
      return 'replaced';
    },
    log: { warn: (text) => log.push(`warn ${text}`), info: (text) => log.push(`info ${text}`) },
  });
  onTestFinished(reload.stop);
  await eventually(() => expect(looks).toBeGreaterThan(changes.length + 2));
  return { log, trouble: reload.trouble() };
}

const REFUSED = 'JOBTRACK_ACCOUNTS has changed, but is wrong, so the accounts stay as they were';

test('a right change is used and logged', async () => {
  expect(await played([change()])).toEqual({ log: ['info JOBTRACK_ACCOUNTS has changed: replaced'], trouble: null });
});

test('a wrong change is logged once, when it stays wrong', async () => {
  expect(await played([change('a is wrong', 'b is wrong')])).toEqual({
    log: [`warn ${REFUSED}: a is wrong; b is wrong`],
    trouble: `${REFUSED}: a is wrong; b is wrong`,
  });
});

test('a file that is wrong only while it is written is not reported', async () => {
  const { log, trouble } = await played([change('cut'), change()]);
  expect([log, trouble]).toEqual([['info JOBTRACK_ACCOUNTS has changed: replaced'], null]);
});

test('another wrong change is reported too, and the end of the trouble', async () => {
  const { log, trouble } = await played([change('a'), null, null, change('b'), null, null, change()]);
  expect(log).toEqual([
    `warn ${REFUSED}: a`,
    `warn ${REFUSED}: b`,
    'info JOBTRACK_ACCOUNTS has changed: replaced',
    'info JOBTRACK_ACCOUNTS is right again',
  ]);
  expect(trouble).toBeNull();
});

test('accounts that the worker refuses, and an error of our own, are trouble too', async () => {
  expect((await played([change()], true)).trouble).toBe(`${REFUSED}: no such provider`);
  expect((await played([new Error('odd')])).trouble).toBe(`${REFUSED}: odd`);
});

test('of many problems the first 20 are shown', async () => {
  const { trouble } = await played([change(...Array.from({ length: 2_000 }, (_, nth) => `p${nth}`))]);
  expect(trouble).toContain('p19; and 1980 more problems');
  expect(trouble).not.toContain('p20');
});
