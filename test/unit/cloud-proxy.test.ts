import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { startCloudProxy } from '../support/cloud-proxy.ts';

test('the proxy of the Cloud tests closes while a client holds a connection on which it says nothing', async () => {
  const identity = createAuthority('the authority of the tests').issue('server', 'jobs.abcde.test');
  const proxy = await startCloudProxy({
    target: '127.0.0.1:9',
    identity,
    admits: { apiKey: 'key', namespaces: [] },
    operatorStatus: 'UNIMPLEMENTED',
  });
  const client = connect(Number(proxy.address.split(':')[1]), '127.0.0.1');
  await once(client, 'connect');
  const ended = once(client, 'close');
  await proxy.close();
  await ended;
  expect(client.destroyed).toBe(true);
});
