import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, inject, test } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { aSink } from '../unit/cli/builders.ts';

async function list(address: string): Promise<{ exitCode: number; stderr: string[] }> {
  const [stdout, stderr] = [aSink(), aSink()];
  const env = { TEMPORAL_ADDRESS: address };
  const exitCode = await runCommandLine({ argv: ['list', '--limit', '1'], env, stdout, stderr });
  return { exitCode, stderr: stderr.text().split('\n') };
}

test('a server that answers is reached', async () => {
  // Other tests share the server. There may be more jobs than a list shows, and then stderr has a remark.
  const { exitCode, stderr } = await list(inject('temporalAddress'));
  expect([exitCode, stderr.filter((line) => line.startsWith('error'))]).toEqual([0, []]);
});

test.each([
  ['a port without a server', async () => `127.0.0.1:${await freePort()}`, 'connection refused'],
  ['a host that does not exist', async () => 'nowhere.invalid:7233', 'there is no host of this name'],
])('%s is reported at once, not after the whole time', async (_, addressOf, why) => {
  const address = await addressOf();
  const { exitCode, stderr } = await list(address);
  expect(exitCode).toBe(3);
  expect(stderr).toContain(`error: Temporal cannot be reached at ${address}: ${why}`); // a wait would end with another message: no answer within 7 s
});

test('a silent server is reported after 7 s, and before that the wait is shown', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { exitCode, stderr } = await list(address);
  expect([exitCode, stderr.slice(0, 2)]).toEqual([
    3,
    [`connecting to Temporal at ${address} …`, `error: Temporal cannot be reached at ${address}: no answer within 7 s`],
  ]);
  silent.close();
});
