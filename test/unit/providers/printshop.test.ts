import { expect, test } from 'vitest';
import { printshop } from '../../../examples/printshop.ts';
import { answering, calm, failureOf, open } from './service.ts';

// Tests the sample adapter of docs/providers.md against a server.

const JOB = { provider: 'printshop', jobId: '7' };
const read = async (body: object) => open(printshop, (await answering({ body })).url).poll(JOB, calm);

test('the sample adapter reads a good answer that has only a status', async () => {
  expect(await read({ status: 'printing' })).toMatchObject({ state: 'running', progress: null, lastError: null });
});

test('the sample adapter asks for the job by its id, with the credential in one header', async () => {
  const service = await answering({ body: { status: 'accepted', percent: 0 } });
  await open(printshop, service.url).poll(JOB, calm);
  expect(service.seen).toMatchObject([{ method: 'GET', url: '/v1/jobs/7' }]);
  expect(service.seen[0]?.headers.authorization).toMatch(/^Bearer \S+$/);
});

test.each([
  [
    { status: 'printing', percent: '45 %' },
    { state: 'running', progress: 45, cancellable: true },
  ],
  [
    { status: 'Done', percent: 99, error: null },
    { state: 'completed', progress: 100, cancellable: false },
  ],
  [
    { status: 'failed', error: 'no paper' },
    { state: 'failed', reason: 'no paper', lastError: 'no paper' },
  ],
  [{ status: 'cancelled' }, { state: 'cancelled', result: null }],
  [{ status: 'drying' }, { state: 'unknown', providerState: 'drying' }],
])('the sample adapter reads %j', async (body, expected) => {
  expect(await read(body)).toMatchObject(expected);
});

test('for the sample adapter an answer without a status is trouble of the call', async () => {
  expect(await failureOf(read({ state: 'printing' }))).toMatchObject({ kind: 'malformed', status: 200 });
});

test('the sample adapter cancels by id, and an empty answer accepts', async () => {
  const service = await answering({ status: 202 });
  expect(await open(printshop, service.url).cancel(JOB, calm)).toEqual({ status: 'accepted' });
  expect(service.seen).toMatchObject([{ method: 'DELETE', url: '/v1/jobs/7', body: '' }]);
});
