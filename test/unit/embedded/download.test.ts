import { copyFile, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cachedPath } from '../../../src/embedded/cache.ts';
import type { Download, DownloadInfo } from '../../../src/embedded/chain.ts';
import { download } from '../../../src/embedded/download.ts';
import { provisionDevServer } from '../../../src/embedded/provision.ts';
import { run } from '../../../src/embedded/run.ts';
import { fakeCommand, scratchFolder } from '../../support/scratch.ts';
import { provisioningIn } from '../../support/provisioning.ts';
import { provisionTimeSkippingServer } from '../../support/time-skipping-server/provision.ts';

const info = { archiveUrl: 'https://example.com/temporal.tar.gz', fileToExtract: 'temporal' };

/** A download that answers each look-up that `knows` accepts, with an archive of one fake executable. */
async function archiveServing(
  file: string,
  knows: (url: string) => DownloadInfo | null,
): Promise<Download & { asked: string[] }> {
  const folder = await scratchFolder();
  await fakeCommand(join(folder, file), 'echo downloaded');
  await run('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', folder, file]);
  const asked: string[] = [];
  return {
    asked,
    async lookUp(url) {
      asked.push(url);
      return knows(url);
    },
    fetch: (_url, to) => copyFile(join(folder, 'a.tar.gz'), to),
  };
}

test('our version of the CLI is downloaded, unpacked into the cache and used', async () => {
  const served = await archiveServing('temporal', () => info);
  const { context } = await provisioningIn(await scratchFolder(), { download: served, run: runWithTar });
  const path = cachedPath(context.env, { name: 'temporal-cli', file: 'temporal' }, '1.5.1');
  expect(await provisionDevServer(context)).toEqual({ path, from: 'download from https://temporal.download' });
  expect(await readFile(path, 'utf8')).toContain('echo downloaded');
  expect(served.asked).toEqual([
    expect.stringMatching(
      /^https:\/\/temporal\.download\/cli\/v1\.5\.1\?arch=(amd64|arm64)&platform=\w+&format=tar\.gz$/,
    ),
  ]);
});

test("where our version is unknown, the SDK's default one is taken, under a name of its own", async () => {
  const named = { ...info, fileToExtract: 'some/folder/temporal-test-server' };
  const served = await archiveServing('some/folder/temporal-test-server', (url) =>
    url.includes('/default?') ? named : null,
  );
  const { context } = await provisioningIn(await scratchFolder(), { download: served, run: runWithTar });
  const { path } = await provisionTimeSkippingServer(context);
  expect(path).toBe(
    cachedPath(context.env, { name: 'temporal-test-server', file: 'temporal-test-server' }, 'sdk-1.24.0'),
  );
  expect(served.asked[1]).toContain('/temporal-test-server/default?');
  expect(served.asked[1]).toContain('sdk-name=sdk-typescript&sdk-version=1.24.0');
  expect((await provisionTimeSkippingServer(context)).from).toBe('cache');
});

test.each([
  { archiveUrl: 'http://example.com/temporal.tar.gz', fileToExtract: 'temporal' },
  { archiveUrl: 'https://example.com/temporal.zip', fileToExtract: 'temporal' },
  { archiveUrl: 'https://example.com/temporal.tar.gz', fileToExtract: '../temporal' },
  { archiveUrl: 'https://example.com/temporal.tar.gz', fileToExtract: '/bin/temporal' },
])('an answer like %o is not used', async (answer) => {
  const served = await archiveServing('temporal', () => answer);
  const { context } = await provisioningIn(await scratchFolder(), { download: served, run: runWithTar });
  await expect(provisionDevServer(context)).rejects.toThrow('an address or a file name that is not used');
});

test('an archive that is broken passes to the next source', async () => {
  const broken: Download = { lookUp: async () => info, fetch: (_url, to) => copyFile(import.meta.filename, to) };
  const { context, said } = await provisioningIn(await scratchFolder(), { download: broken, run: runWithTar });
  await expect(provisionDevServer(context)).rejects.toThrow('no Go on the PATH');
  expect(said.at(-1)).toMatch(/^download from https:\/\/temporal\.download: tar failed: /);
});

test('the real requests: a look-up, an unknown version, an error, a body with its progress', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/unknown' ? 404 : request.url === '/broken' ? 500 : 200;
    response.end(request.url === '/info' ? JSON.stringify(info) : 'body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await download.lookUp(`${base}/info`)).toEqual(info);
  expect(await download.lookUp(`${base}/unknown`)).toBeNull();
  await expect(download.lookUp(`${base}/broken`)).rejects.toThrow('500');
  const to = join(await scratchFolder(), 'file');
  let bytes = 0;
  await download.fetch(`${base}/file`, to, (count) => (bytes = count));
  expect([await readFile(to, 'utf8'), bytes]).toEqual(['body', 4]);
});

/** Runs the system's `tar`, because the PATH of the test has only fake commands. */
const runWithTar: typeof run = (command, args, options) =>
  command === 'tar' ? run('tar', args, { ...options, env: process.env }) : run(command, args, options);
