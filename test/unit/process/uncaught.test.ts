import { execFile } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const KEY = 'a-key-that-is-made-up';
const root = join(import.meta.dirname, '../../..');
/** Code that fails like a library, as soon as the program listens for uncaught errors: no code awaits the rejected promise. */
const FAILS = `setInterval(() => {
  if (process.listenerCount('uncaughtException') === 0) return;
  const { TEMPORAL_API_KEY: key } = process.env;
  void Promise.reject(Object.assign(new Error('refused: ' + key + '\\u001b[31m'), { headers: { authorization: key } }));
}, 20)`;

test.each([
  ['src/cli/main.ts', 'list'],
  ['src/worker.ts', ''],
])('I2: an uncaught error in %s is reported without a secret, and ends it with 1', async (program, argument) => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const env = { PATH: process.env['PATH'], TEMPORAL_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_API_KEY: KEY };
  const preload = `data:text/javascript,${encodeURIComponent(FAILS)}`;
  const args = ['--import', 'tsx', '--import', preload, join(root, program), ...(argument === '' ? [] : [argument])];
  const { code, said } = await new Promise<{ code: unknown; said: string }>((resolve) => {
    execFile(process.execPath, args, { env, cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error?.code, said: stdout + stderr }),
    );
  });
  expect([code, said]).toEqual([1, expect.stringContaining('Error: refused: [redacted]\n')]);
  expect(said).not.toContain(KEY);
});
