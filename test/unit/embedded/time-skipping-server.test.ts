import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cachedPath } from '../../../src/embedded/cache.ts';
import { provisionTimeSkippingServer } from '../../support/time-skipping-server/provision.ts';
import { fakeCommand, scratchFolder } from '../../support/scratch.ts';
import { provisioningIn, type Provisioning } from '../../support/provisioning.ts';

const artifact = { name: 'temporal-test-server', file: 'temporal-test-server' };
const mvnThatCopies = `/bin/mkdir lib; echo > lib/b.jar; echo > lib/a.jar; echo > lib/notes.txt
read -r line < pom.xml; [ "$3" = dependency:copy-dependencies ] || exit 9`;

async function machine(java: string, mvn: string | null): Promise<Provisioning> {
  const made = await provisioningIn(await scratchFolder());
  await fakeCommand(join(made.bin, 'java'), java);
  if (mvn !== null) await fakeCommand(join(made.bin, 'mvn'), mvn);
  return made;
}

const java = (version: string, otherwise = 'exit 1'): string =>
  `if [ "$1" = -version ]; then echo 'openjdk version "${version}" 2025-04-15' >&2; exit 0; fi; ${otherwise}`;

test('an explicit path comes first, and fails loudly when it is wrong', async () => {
  const { context, bin } = await provisioningIn(await scratchFolder());
  const path = await fakeCommand(join(bin, 'mine'), '');
  const env = { ...context.env, TEMPORAL_TEST_SERVER_PATH: path };
  expect(await provisionTimeSkippingServer({ ...context, env })).toEqual({ path, from: 'TEMPORAL_TEST_SERVER_PATH' });
  env.TEMPORAL_TEST_SERVER_PATH = '/no/such/file';
  await expect(provisionTimeSkippingServer({ ...context, env })).rejects.toThrow(
    'TEMPORAL_TEST_SERVER_PATH names "/no/such/file"',
  );
});

test("Maven's jars become one executable in the cache, which Java runs with relative paths", async () => {
  const { context, said, cache } = await machine(java('17.0.15', 'echo "$PWD $*"; exit 1'), mvnThatCopies);
  const path = cachedPath(context.env, artifact, '1.38.0');
  expect(await provisionTimeSkippingServer(context)).toEqual({ path, from: "Maven's jar 1.38.0" });
  expect(said.at(-1)).toContain('no class-data archive, so the test server starts slower');
  expect(await readdir(cache)).toHaveLength(1);
  const { stdout } = await context.run('/bin/sh', [path, '7777', '--enable-time-skipping'], {
    env: { PATH: `${context.env['PATH']}:/bin:/usr/bin` },
  });
  expect(stdout).toBe(
    `${dirname(path)} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp lib/a.jar:lib/b.jar io.temporal.testserver.TestServer 7777 --enable-time-skipping\n`,
  );
  expect(await readFile(join(dirname(path), 'pom.xml'), 'utf8')).toContain('<version>1.38.0</version>');
  expect((await provisionTimeSkippingServer(context)).from).toBe('cache');
});

test('Java is taken from JAVA_HOME if it is set', async () => {
  const { context, bin } = await machine(java('11.0.2'), mvnThatCopies);
  await fakeCommand(join(bin, 'home/bin/java'), java('21'));
  const env = { ...context.env, JAVA_HOME: join(bin, 'home') };
  expect((await provisionTimeSkippingServer({ ...context, env })).from).toBe("Maven's jar 1.38.0");
  env.JAVA_HOME = join(bin, 'nowhere');
  const uncached = { ...env, JOBTRACK_CACHE_DIR: join(bin, 'other-cache') };
  await expect(provisionTimeSkippingServer({ ...context, env: uncached })).rejects.toThrow('no Java in JAVA_HOME');
});

test.each([
  [java('11.0.2'), mvnThatCopies, 'Java 11 found, 17 or newer needed'],
  [java('1.8.0_402'), mvnThatCopies, 'Java 8 found, 17 or newer needed'],
  ['exit 1', mvnThatCopies, 'Java of unknown version found, 17 or newer needed'],
  [java('17.0.15'), null, 'no Maven on the PATH'],
  [java('17.0.15'), "echo '[ERROR] Could not resolve'; echo '[ERROR] more'; exit 1", 'Maven failed: Could not resolve'],
])('the error says why Maven could not do it (%#)', async (javaScript, mvn, why) => {
  const { context } = await machine(javaScript, mvn);
  await expect(provisionTimeSkippingServer(context)).rejects.toThrow(`Maven's jar 1.38.0: ${why}`);
});

test('without Java the error says what was tried, and three ways out', async () => {
  const { context, cache } = await provisioningIn(await scratchFolder());
  await expect(provisionTimeSkippingServer(context)).rejects
    .toThrow(`No time-skipping test server could be found, downloaded or assembled.
Tried, in this order:
  - TEMPORAL_TEST_SERVER_PATH: not set
  - cache: nothing in ${cache}
  - download from https://temporal.download: getaddrinfo ENOTFOUND
  - Maven's jar 1.38.0: no Java on the PATH
Get one in any of these ways:
  1. install Java 17 or newer`);
});
