import { describe, expect, test } from 'vitest';
import { deepwriter } from '../../../../src/providers/deepwriter/adapter.ts';
import { answering, calm, cancelled, DEEPWRITER_JOB, failureOf, open, UUID } from '../service.ts';

describe('cancel', () => {
  test('3.3: one POST with the id', async () => {
    const service = await answering({ body: { message: 'Job cancelled successfully' } });
    expect(await open(deepwriter, service.url).cancel(DEEPWRITER_JOB, calm)).toEqual({ status: 'accepted' });
    expect(service.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/api/cancelJob', `{"jobId":"${UUID}"}`],
    ]);
  });

  test.each([{}, { message: 5 }, { status: 'in_progress' }])(
    '3.3: any JSON object with a 200 accepts: %j',
    async (body) => {
      expect(await cancelled({ body })).toEqual({ status: 'accepted' });
    },
  );

  test.each([
    [400, 'refused', 'cancel refused [http=400]: no'],
    [404, 'refused', 'cancel found no job [http=404]: no'],
    [409, 'refused', 'cancel refused [http=409]: no'],
    [410, 'refused', 'cancel found no job [http=410]: no'],
    [422, 'refused', 'cancel refused [http=422]: no'],
    [401, 'unauthorized', 'cancel refused [http=401]: no'],
    [403, 'unauthorized', 'cancel refused [http=403]: no'],
  ])('3.3: a %i is the reply %s', async (code, status, text) => {
    expect(await cancelled({ status: code, body: { error: 'no' } })).toEqual({ status, reason: `deepwriter: ${text}` });
  });

  test.each([
    [408, 'unavailable'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [301, 'unavailable'],
    [501, 'rejected'],
  ])('3.3: a %i is no reply: it is thrown as %s, and the cancel is sent again', async (status, kind) => {
    expect(await failureOf(cancelled({ status, body: { error: 'no' } }))).toMatchObject({ kind, status });
  });
});
