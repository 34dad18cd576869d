import { createWriteStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { got, HTTPError } from 'got';
import { installOnce, type Artifact } from './cache.ts';
import type { Download, DownloadInfo, ProvisionContext, Source } from './chain.ts';
import { lastLineOf } from './run.ts';
import { withProgressLines } from './progress-lines.ts';

type Wanted = { artifact: Artifact; remoteName: string; version: string };

const origin = 'https://temporal.download';
const sdkVersion = '1.24.0';
/** The version name in the cache for the SDK's default version. */
export const sdkDefault = `sdk-${sdkVersion}`;

/** Temporal's own download, in the way of the SDK: our version, or else the SDK's default version. */
export function sdkDownload(wanted: Wanted): Source {
  return {
    name: `download from ${origin}`,
    async find(context) {
      const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
      const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string];
      if (!arch || !platform) return { passed: `nothing for ${process.platform} on ${process.arch}` };
      context.say(`looking for ${wanted.artifact.name} ${wanted.version} at ${origin}`);
      const query = new URLSearchParams({ arch, platform, format: 'tar.gz' });
      const address = (name: string): string => `${origin}/${wanted.remoteName}/${name}?${query.toString()}`;
      const pinned = await context.download.lookUp(address(`v${wanted.version}`));
      if (pinned) return { path: await install(context, { ...wanted, info: pinned }) };
      query.set('sdk-name', 'sdk-typescript');
      query.set('sdk-version', sdkVersion);
      const info = await context.download.lookUp(address('default'));
      if (!info) return { passed: 'no version for this machine', aloud: true };
      return { path: await install(context, { ...wanted, version: sdkDefault, info }) };
    },
  };
}

async function install(context: ProvisionContext, wanted: Wanted & { info: DownloadInfo }): Promise<string> {
  const { archiveUrl, fileToExtract } = wanted.info;
  const isPlain = archiveUrl.startsWith('https:') && new URL(archiveUrl).pathname.endsWith('.tar.gz');
  if (!isPlain || fileToExtract.startsWith('/') || fileToExtract.split('/').includes('..')) {
    throw new Error('the download answered with an address or a file name that is not used');
  }
  return installOnce(context, wanted, async (folder) => {
    const archive = join(folder, 'archive.tar.gz');
    let bytes = 0;
    const life = {
      say: context.say,
      everyMs: context.progressLineMs,
      what: `downloading ${wanted.artifact.name}`,
      doing: () => `${(bytes / 2 ** 20).toFixed(0)} MiB`,
    };
    await withProgressLines(life, () => context.download.fetch(archiveUrl, archive, (count) => (bytes = count)));
    const result = await context.run('tar', ['-xzf', archive, '-C', folder, fileToExtract], {
      env: context.env,
      timeoutMs: 120_000,
    });
    if (result.code !== 0) throw new Error(`tar failed: ${lastLineOf(result)}`);
    await rm(archive);
    const file = join(folder, wanted.artifact.file);
    if (join(folder, fileToExtract) !== file) await rename(join(folder, fileToExtract), file);
    await chmod(file, 0o755);
  });
}

/** Each phase has a timeout, so that a network that drops packets delays a start by at most half a minute. */
export const download: Download = {
  async lookUp(url) {
    try {
      const timeout = { lookup: 10_000, connect: 10_000, secureConnect: 10_000, response: 20_000, request: 30_000 };
      return await got(url, { retry: { limit: 0 }, timeout }).json<DownloadInfo>();
    } catch (error) {
      if (error instanceof HTTPError && error.response.statusCode === 404) return null;
      throw error;
    }
  },
  async fetch(url, to, onBytes) {
    const timeout = { lookup: 10_000, connect: 10_000, secureConnect: 10_000, socket: 30_000, request: 900_000 };
    const stream = got.stream(url, { retry: { limit: 0 }, timeout });
    stream.on('downloadProgress', ({ transferred }) => onBytes(transferred));
    await pipeline(stream, createWriteStream(to));
  },
};
