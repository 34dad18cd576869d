import { cached, cacheFolder } from './cache.ts';
import { firstOf, type Executable, type ProvisionContext } from './chain.ts';
import { download, sdkDefault, sdkDownload } from './download.ts';
import { explicitPath, temporalOnPath } from './executable.ts';
import { goInstall } from './go-install.ts';
import { run } from './run.ts';

export type ProvisionOptions = Pick<ProvisionContext, 'env' | 'say'> & Partial<ProvisionContext>;

const cli = { name: 'temporal-cli', file: 'temporal' };
const cliVersion = '1.5.1'; // the last version that `go install` can build

/**
 * Finds, downloads or builds the Temporal CLI for `startDevServer`. This takes milliseconds if it is there, and minutes if it must be
 * built. `say` gets a line every few seconds.
 * @throws ProvisionError that says what was tried and what to do
 */
export function provisionDevServer(options: ProvisionOptions): Promise<Executable> {
  const sources = [
    explicitPath('TEMPORAL_CLI_PATH'),
    temporalOnPath(),
    cached(cli, [cliVersion, sdkDefault]),
    sdkDownload({ artifact: cli, remoteName: 'cli', version: cliVersion }),
    goInstall(cli, cliVersion),
  ];
  const help = `No Temporal development server could be found, downloaded or built.
Get one in any of these ways:
  1. install the Temporal CLI (https://docs.temporal.io/cli), so that \`temporal\` is on the PATH
  2. set TEMPORAL_CLI_PATH to the CLI's executable
  3. install Go 1.25 or newer and run this again: it is built once, in minutes, and kept in ${cacheFolder(options.env)}`;
  return firstOf(sources, complete(options), help);
}

/** Adds the parts that only tests replace. */
export function complete(options: ProvisionOptions): ProvisionContext {
  return { run, download, progressLineMs: 5_000, ...options };
}
