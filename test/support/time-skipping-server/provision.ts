import { cached, cacheFolder } from '../../../src/embedded/cache.ts';
import { firstOf, type Executable } from '../../../src/embedded/chain.ts';
import { sdkDefault, sdkDownload } from '../../../src/embedded/download.ts';
import { explicitPath } from '../../../src/embedded/executable.ts';
import { complete, type ProvisionOptions } from '../../../src/embedded/provision.ts';
import { mavenJar } from './maven-install.ts';

const testServer = { name: 'temporal-test-server', file: 'temporal-test-server' };
const testServerVersion = '1.38.0'; // older ones lose memo and search attributes over continue-as-new

/**
 * Finds, downloads or assembles the time-skipping test server. The SDK's test environment takes the path as
 * `executable: { type: 'existing-path', path }`.
 * @throws ProvisionError that says what was tried and what to do
 */
export function provisionTimeSkippingServer(options: ProvisionOptions): Promise<Executable> {
  const sources = [
    explicitPath('TEMPORAL_TEST_SERVER_PATH'),
    cached(testServer, [testServerVersion, sdkDefault]),
    sdkDownload({ artifact: testServer, remoteName: 'temporal-test-server', version: testServerVersion }),
    mavenJar(testServer, testServerVersion),
  ];
  const help = `No time-skipping test server could be found, downloaded or assembled.
Get one in any of these ways:
  1. install Java 17 or newer and Maven and run this again: the server is fetched once and kept in ${cacheFolder(options.env)}
  2. set TEMPORAL_TEST_SERVER_PATH to the executable of a temporal-test-server
  3. allow this machine to reach https://temporal.download`;
  return firstOf(sources, complete(options), help);
}
