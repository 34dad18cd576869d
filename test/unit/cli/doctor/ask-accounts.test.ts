import { expect, test } from 'vitest';
import { checkAccounts } from '../../../../src/cli/doctor/accounts.ts';
import { examineWorkerConfig } from '../../../../src/config/index.ts';
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
