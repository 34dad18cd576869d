import { Client, Connection } from '@temporalio/client';
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { requestsOf } from '../../../../src/client-library/waiting/requests.ts';

const connection = Connection.lazy({ address: '127.0.0.1:1' });
const { abortable } = requestsOf(new Client({ connection }));
const signalNow = (): AbortSignal | undefined => connection.callContextStorage.getStore()?.abortSignal;

test('a signal keeps the listener of the newest request alone, because the SDK removes none', async () => {
  const controller = new AbortController();
  const heard: number[] = [];
  const count = await abortable(controller.signal, async () => {
    for (const request of [1, 2, 3]) signalNow()?.addEventListener('abort', () => heard.push(request));
    return getEventListeners(controller.signal, 'abort').length;
  });
  controller.abort();
  expect([count, heard]).toEqual([1, [3]]);
});

test('a signal that the caller has set for all requests of the client stays in force', async () => {
  const outer = new AbortController();
  const seen = await connection.withAbortSignal(outer.signal, () =>
    abortable(new AbortController().signal, async () => signalNow()),
  );
  expect(seen?.aborted).toBe(false);
  outer.abort('by the caller');
  expect([seen?.aborted, seen?.reason]).toEqual([true, 'by the caller']);
});
