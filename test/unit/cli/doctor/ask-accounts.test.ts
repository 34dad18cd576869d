import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkAccounts, summaryOf } from '../../../../src/cli/doctor/accounts.ts';
import { ok, warning } from '../../../../src/cli/doctor/report.ts';
import { examineWorkerConfig } from '../../../../src/config/index.ts';
import { scratchFolder } from '../../../support/scratch.ts';
import { type Answer, answering, ORG_KEY } from '../../providers/service.ts';

const html = { 'content-type': 'text/html' };
const strangers: [string, Answer][] = [
  ['404 as text', { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' }],
  [
    '404 in the JSON of a framework',
    { status: 404, body: { message: 'Route GET:/api not found', error: 'Not Found' } },
  ],
  ['404 in the JSON of another framework', { status: 404, body: { detail: 'Not Found' } }],
  ['404 in its own words', { status: 404, body: { statusCode: 404, message: 'Cannot GET /api', error: 'Not Found' } }],
  ['a page with 200', { headers: html, body: '<!doctype html><title>Home</title>' }],
  ['JSON with 200 that is no job', { body: { status: 'ok' } }],
  ['a redirect to a login', { status: 302, headers: { location: 'https://login.example.test/' } }],
];

test.each(
  ['DOCSWRITE', 'DEEPWRITER'].flatMap((service) => strangers.map((stranger) => [service, ...stranger] as const)),
)('%s: an address that answers every path with %s is not said to accept the credential', async (service, _, answer) => {
  const { url } = await answering(answer);
  const env = { [`${service}_TOKEN`]: ORG_KEY, [`${service}_BASE_URL`]: url };
  const [check] = await checkAccounts(examineWorkerConfig(env));
  expect(check?.message).not.toContain('credential accepted');
  expect(check?.status).toMatch(/^(failed|warning)$/);
  expect(check?.hint).toContain('base URL');
});

describe('many accounts', () => {
  test('of 2 000 accounts 100 are asked, and those with a problem are listed', async () => {
    const service = await answering({ status: 401, body: { error: true, message: 'Invalid token' } });
    const path = join(await scratchFolder(), 'accounts.json');
    const entry = { provider: 'docswrite', tokenEnv: 'T', baseUrl: service.url };
    const accounts = Array.from({ length: 2_000 }, (_, nth) => [
      `c${nth}`,
      { ...entry, ...(nth < 500 ? { pool: 'emea' } : {}) },
    ]);
    await writeFile(path, JSON.stringify(Object.fromEntries(accounts)));
    const [summary, ...listed] = await checkAccounts(examineWorkerConfig({ JOBTRACK_ACCOUNTS: path, T: ORG_KEY }));
    expect(service.seen).toHaveLength(100);
    expect(summary).toEqual(
      ok(
        'accounts',
        '2000 accounts (1500 in pool shared and 500 in pool emea); 100 of them were asked: 0 accepted, 100 not, of which 20 are listed',
      ),
    );
    expect(listed).toHaveLength(20);
    expect(listed[1]).toMatchObject({ name: 'account:docswrite/c20', status: 'failed' });
  });

  test('the summary counts what is good, and what other workers serve', () => {
    const checks = [ok('a', 'good'), warning('b', 'limited', 'wait'), ok('c', 'good')];
    const shared = { pool: 'shared' };
    expect(summaryOf(checks, { accounts: [shared, shared, shared], knownAccounts: [{ pool: 'emea' }] })).toEqual([
      ok(
        'accounts',
        '3 accounts (3 in pool shared); all were asked: 2 accepted, 1 not; 1 more are served by other workers',
      ),
      warning('b', 'limited', 'wait'),
    ]);
  });
});
