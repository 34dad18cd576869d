import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedPath } from '../../../src/embedded/cache.ts';
import { ProvisionError } from '../../../src/embedded/chain.ts';
import { provisionDevServer } from '../../../src/embedded/provision.ts';
import { fakeCommand, scratchFolder } from '../../support/scratch.ts';
import { provisioningIn } from '../../support/provisioning.ts';

const cli = { name: 'temporal-cli', file: 'temporal' };
const version = (server: string): string => `echo "temporal version 0.0.0-DEV (Server ${server}, UI 2.42.1)"`;
const goThatBuilds = `echo "go: downloading example.com/a v1" >&2; echo net/http >&2
[ "$1 $2 $3 $CGO_ENABLED" = "install -v github.com/temporalio/cli/cmd/temporal@v1.5.1 0" ] || exit 9
echo built > "$GOBIN/temporal"; /bin/chmod 755 "$GOBIN/temporal"`;

test('an explicit path comes first', async () => {
  const { context, bin, said } = await provisioningIn(await scratchFolder());
  await fakeCommand(join(bin, 'temporal'), version('1.29.1'));
  const path = await fakeCommand(join(bin, 'mine'), '');
  const env = { ...context.env, TEMPORAL_CLI_PATH: path };
  expect(await provisionDevServer({ ...context, env })).toEqual({ path, from: 'TEMPORAL_CLI_PATH' });
  expect(said).toEqual([]);
});

test('an explicit path that is wrong fails loudly, although there are others', async () => {
  const { context, bin } = await provisioningIn(await scratchFolder());
  await fakeCommand(join(bin, 'temporal'), version('1.29.1'));
  for (const path of ['/no/such/file', bin]) {
    const found = provisionDevServer({ ...context, env: { ...context.env, TEMPORAL_CLI_PATH: path } });
    await expect(found).rejects.toThrow(`TEMPORAL_CLI_PATH names "${path}", which is not an executable file`);
    await expect(found).rejects.toBeInstanceOf(ProvisionError);
  }
});

test.each(['1.28.0', '1.29.1', '2.0.0'])('`temporal` on the PATH with server %s is used', async (server) => {
  const { context, bin } = await provisioningIn(await scratchFolder());
  const path = await fakeCommand(join(bin, 'temporal'), version(server));
  expect(await provisionDevServer(context)).toEqual({ path, from: '`temporal` on the PATH' });
});

test.each([
  [version('1.27.9'), 'contains Server 1.27.9, 1.28 or newer is needed: not used'],
  [version('0.30.0'), 'contains Server 0.30.0, 1.28 or newer is needed: not used'],
  ['echo something else', "does not tell its server's version"],
])('a `temporal` that prints %s is refused with a message, and the cache is used', async (script, why) => {
  const { context, bin, said } = await provisioningIn(await scratchFolder());
  const onPath = await fakeCommand(join(bin, 'temporal'), script);
  const path = await fakeCommand(cachedPath(context.env, cli, '1.5.1'), '');
  expect(await provisionDevServer(context)).toEqual({ path, from: 'cache' });
  expect(said).toEqual([`\`temporal\` on the PATH: ${onPath} ${why}`]);
});

test('without a download, Go builds it into the cache, and the next time it is there', async () => {
  const { context, bin, cache, said } = await provisioningIn(await scratchFolder());
  await fakeCommand(join(bin, 'go'), goThatBuilds);
  const path = cachedPath(context.env, cli, '1.5.1');
  expect(await provisionDevServer(context)).toEqual({
    path,
    from: 'go install github.com/temporalio/cli/cmd/temporal@v1.5.1',
  });
  expect(said).toEqual([
    'looking for temporal-cli 1.5.1 at https://temporal.download',
    'download from https://temporal.download: getaddrinfo ENOTFOUND',
    'building Temporal 1.5.1 with Go: about 5 minutes, once; it is kept in the cache',
  ]);
  expect(await readdir(dirname(path))).toEqual(['temporal']);
  expect(await readdir(cache)).toHaveLength(1);
  expect((await provisionDevServer(context)).from).toBe('cache');
});

test('while Go builds, progress lines show the time and the current step', async () => {
  const { context, bin, said } = await provisioningIn(await scratchFolder(), { progressLineMs: 100 });
  await fakeCommand(join(bin, 'go'), `${goThatBuilds}; /bin/sleep 0.5`);
  await provisionDevServer(context);
  expect(said.at(-1)).toMatch(/^building Temporal: \d s, compiling net\/http \(package 1\)$/);
});

test('two processes at the same time build only once', async () => {
  const { context, bin, cache } = await provisioningIn(await scratchFolder());
  await fakeCommand(join(bin, 'go'), `echo x >> "${bin}/builds"; ${goThatBuilds}`);
  await Promise.all([provisionDevServer(context), provisionDevServer(context)]);
  const { stdout } = await context.run('/usr/bin/env', ['cat', join(bin, 'builds')]);
  expect(stdout).toBe('x\n');
  expect(await readdir(cache)).toHaveLength(1);
});

test('if every source fails, one error says what was tried, and three ways out', async () => {
  const { context, bin, cache } = await provisioningIn(await scratchFolder());
  await fakeCommand(join(bin, 'go'), 'echo "go: module lookup disabled" >&2; exit 1');
  await mkdir(cache);
  await expect(provisionDevServer(context)).rejects.toThrow(
    new ProvisionError(`No Temporal development server could be found, downloaded or built.
Tried, in this order:
  - TEMPORAL_CLI_PATH: not set
  - \`temporal\` on the PATH: not there
  - cache: nothing in ${cache}
  - download from https://temporal.download: getaddrinfo ENOTFOUND
  - go install github.com/temporalio/cli/cmd/temporal@v1.5.1: Go failed: go: module lookup disabled
Get one in any of these ways:
  1. install the Temporal CLI (https://docs.temporal.io/cli), so that \`temporal\` is on the PATH
  2. set TEMPORAL_CLI_PATH to the CLI's executable
  3. install Go 1.25 or newer and run this again: it is built once, in minutes, and kept in ${cache}`),
  );
  expect(await readdir(cache)).toEqual([]);
});

test('without Go the error says so', async () => {
  const { context } = await provisioningIn(await scratchFolder());
  await expect(provisionDevServer(context)).rejects.toThrow('temporal@v1.5.1: no Go on the PATH');
});
