import { expect, test } from 'vitest';
import { judgeAccount, type Probe, type Probed } from '../../../../src/cli/doctor/accounts.ts';
import type { FailureKind } from '../../../../src/contract/failure.ts';

const account = { provider: 'docswrite', name: 'default', requestsPerMinute: null };
const probed = (probe: Probe, changes: Partial<Probed> = {}): Probed => ({
  account,
  probe,
  knownBudget: null,
  ...changes,
});
const refusal = (kind: FailureKind, status: number | null = null): Probe => ({
  is: 'refused',
  by: { kind, status, message: `docswrite: ${kind}` },
});

test('a job that is not found proves service and credential', () => {
  expect(judgeAccount(probed(refusal('not-found', 404)))).toEqual({
    name: 'account:docswrite/default',
    status: 'ok',
    message: 'reachable, credential accepted; no budget',
    hint: null,
  });
  expect(judgeAccount(probed({ is: 'answered' }))).toMatchObject({ status: 'ok' });
});

test('the report names the proxy of a request, with any result', () => {
  const proxy = 'proxy.internal:3128';
  const end = '; asked through the proxy proxy.internal:3128';
  expect(judgeAccount(probed({ is: 'answered' }, { proxy })).message).toBe(
    `reachable, credential accepted; no budget${end}`,
  );
  expect(judgeAccount(probed(refusal('unavailable'), { proxy }))).toMatchObject({
    status: 'failed',
    message: `docswrite: unavailable${end}`,
  });
});

test('a budget is shown with the polls that it leaves; if none is set, a known one is suggested', () => {
  const budgeted = { ...account, requestsPerMinute: 60 };
  expect(judgeAccount(probed({ is: 'answered' }, { account: budgeted, knownBudget: 60 }))).toMatchObject({
    status: 'ok',
    message: 'reachable, credential accepted; budget 60 requests a minute, 47.6 of them polls',
    hint: null,
  });
  expect(judgeAccount(probed({ is: 'answered' }, { knownBudget: 60 }))).toMatchObject({
    status: 'ok',
    hint:
      'such a credential is allowed 60 requests a minute: set DOCSWRITE_REQUESTS_PER_MINUTE, ' +
      'or requestsPerMinute in the accounts file, to 60',
  });
});

test.each([
  ['rate-limited', 429, 'warning', 'poll less often'],
  ['unauthorized', 401, 'failed', 'replace the credential'],
  ['unauthorized', null, 'failed', 'the variable or the file'],
  ['unavailable', 503, 'failed', 'status page'],
  ['malformed', 200, 'failed', 'base URL'],
  ['rejected', 400, 'warning', 'real job'],
  ['rejected', 302, 'failed', 'base URL'],
  ['rejected', null, 'failed', 'certificate'],
] as const)('%s [http=%s] is a %s with what to do', (kind, http, status, hint) => {
  expect(judgeAccount(probed(refusal(kind, http)))).toEqual({
    name: 'account:docswrite/default',
    status,
    message: expect.stringContaining(`docswrite: ${kind}`),
    hint: expect.stringContaining(hint),
  });
});

test('an account that was not asked says why', () => {
  expect(judgeAccount(probed({ is: 'misconfigured' }))).toMatchObject({ status: 'skipped', hint: null });
  expect(judgeAccount(probed({ is: 'unknown-provider' }))).toMatchObject({
    status: 'warning',
    message: 'this command line knows no provider docswrite, so it was not asked',
  });
});
