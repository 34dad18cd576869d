import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDevServer } from '../../../src/embedded/dev-server.ts';
import { freePort } from '../../../src/embedded/free-port.ts';
import { elapsed } from '../../../src/embedded/progress-lines.ts';
import { fakeCommand, scratchFolder } from '../../support/scratch.ts';

test('the error about a server that ends early has its last lines, and the server got its options', async () => {
  const executable = await fakeCommand(
    join(await scratchFolder(), 'temporal'),
    'echo "$@"; echo "no more memory" >&2; exit 1',
  );
  const log: string[] = [];
  const options = {
    executable,
    dbFile: '/some/file.db',
    uiPort: await freePort(),
    dynamicConfig: { 'a.b': '50ms', 'c.d': 40 },
  };
  await expect(startDevServer({ ...options, log: (line) => log.push(line) })).rejects.toThrow(
    /ended while starting[^]*no more memory/,
  );
  expect(log[0]).toMatch(
    /^server start-dev --ip 127\.0\.0\.1 --port \d+ --log-level warn --namespace default --ui-ip 127\.0\.0\.1 --ui-port \d+ --db-filename \/some\/file\.db --dynamic-config-value matching\.useNewMatcher=true --dynamic-config-value matching\.enableFairness=true --dynamic-config-value a\.b="50ms" --dynamic-config-value c\.d=40$/,
  );
});

test('a server that never answers is ended and reported', async () => {
  const executable = await fakeCommand(join(await scratchFolder(), 'temporal'), 'exec sleep 60');
  await expect(startDevServer({ executable, startTimeoutMs: 300 })).rejects.toThrow('did not answer within 0.3 s');
});

test('if a chosen port is already in use, another one is tried; if a given port is in use, this is an error', async () => {
  const folder = await scratchFolder();
  const executable = await fakeCommand(
    join(folder, 'temporal'),
    `echo x >> ${folder}/starts; echo "listen: bind: address already in use"; exit 1`,
  );
  await expect(startDevServer({ executable })).rejects.toThrow('address already in use');
  const log: string[] = [];
  await expect(startDevServer({ executable, log: (line) => log.push(line) })).rejects.toThrow('address already in use');
  expect(log).toHaveLength(3);

  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(startDevServer({ executable, port })).rejects.toThrow(
    `Cannot listen on port ${port}: address already in use.`,
  );
});

test.each([
  [0, '0 s'],
  [45_400, '45 s'],
  [60_000, '1 min 00 s'],
  [125_000, '2 min 05 s'],
])('%i ms reads as %s', (ms, text) => {
  expect(elapsed(ms)).toBe(text);
});
