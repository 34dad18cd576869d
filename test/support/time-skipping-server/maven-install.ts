import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installOnce, type Artifact } from '../../../src/embedded/cache.ts';
import type { ProvisionContext, Source } from '../../../src/embedded/chain.ts';
import { startChild } from '../../../src/embedded/child.ts';
import { withCleanUp } from '../../../src/process/clean-up.ts';
import { findOnPath, isExecutable } from '../../../src/embedded/executable.ts';
import { freePort } from '../../../src/embedded/free-port.ts';
import { lastLineOf } from '../../../src/embedded/run.ts';
import { untilServing } from '../../../src/embedded/dev-server.ts';
import { withProgressLines } from '../../../src/embedded/progress-lines.ts';

const oldestJava = 17;
const mainClass = 'io.temporal.testserver.TestServer';
const archive = 'classes.jsa';
// The SDK gives the server 5 s to start; without these flags a busy machine of two cores needs more.
const flags = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The Java build of the test server, for machines that can reach a Maven repository but not the native download. */
export function mavenJar(artifact: Artifact, version: string): Source {
  return {
    name: `Maven's jar ${version}`,
    async find(context) {
      const java = await findJava(context);
      if ('passed' in java) return java;
      const mvn = await findOnPath('mvn', context.env);
      if (!mvn) return { passed: 'no Maven on the PATH' };
      const path = await installOnce(context, { artifact, version }, async (folder) => {
        await copyJars({ context, mvn, folder, version });
        const jars = (await readdir(join(folder, 'lib'))).filter((name) => name.endsWith('.jar')).toSorted();
        const classPath = jars.map((name) => `lib/${name}`).join(':');
        const archived = await archiveClasses({ context, java: java.path, folder, classPath });
        await writeWrapper(join(folder, artifact.file), classPath, archived);
      });
      return { path };
    },
  };
}

async function findJava({ env, run }: ProvisionContext): Promise<{ path: string } | { passed: string }> {
  const path = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : await findOnPath('java', env);
  if (!path || !(await isExecutable(path)))
    return { passed: env['JAVA_HOME'] ? 'no Java in JAVA_HOME' : 'no Java on the PATH' };
  const { stdout, stderr } = await run(path, ['-version'], { env, timeoutMs: 30_000 });
  const [, major = '0', minor = '0'] = /version "(\d+)(?:\.(\d+))?/.exec(stdout + stderr) ?? [];
  const version = major === '1' ? Number(minor) : Number(major); // Java 8 gives its version as 1.8
  return version >= oldestJava
    ? { path }
    : { passed: `Java ${version || 'of unknown version'} found, ${oldestJava} or newer needed` };
}

type Copy = { context: ProvisionContext; mvn: string; folder: string; version: string };

async function copyJars({ context, mvn, folder, version }: Copy): Promise<void> {
  const { env, run, say, progressLineMs } = context;
  say(`fetching Temporal's time-skipping test server ${version} with Maven (once, less than a minute)`);
  await writeFile(join(folder, 'pom.xml'), pom(version));
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'];
  const life = { say, everyMs: progressLineMs, what: 'Maven fetches the test server', doing: () => '' };
  const result = await withProgressLines(life, () => run(mvn, args, { env, cwd: folder, timeoutMs: 600_000 }));
  if (result.code !== 0) throw new Error(`Maven failed: ${firstError(result.stdout) ?? lastLineOf(result)}`);
}

function firstError(output: string): string | undefined {
  return /\[ERROR\] (.+)/.exec(output)?.[1];
}

function pom(version: string): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>durable-job-tracker</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;
}

type Archiving = { context: ProvisionContext; java: string; folder: string; classPath: string };

/** Starts the server once, so that Java dumps its loaded classes. Later starts take one second instead of three. */
async function archiveClasses({ context, java, folder, classPath }: Archiving): Promise<boolean> {
  const port = await freePort();
  const args = [
    ...flags,
    `-XX:ArchiveClassesAtExit=${archive}`,
    '-cp',
    classPath,
    mainClass,
    String(port),
    '--enable-time-skipping',
  ];
  try {
    const server = await startChild(java, args, { env: context.env, cwd: folder });
    const serving = { address: `127.0.0.1:${port}`, child: server, timeoutMs: 60_000 };
    // Java writes the archive when it ends.
    await withCleanUp(
      () => untilServing(serving),
      () => server.stop(60_000),
    );
    return (await readdir(folder)).includes(archive);
  } catch (error) {
    context.say(`no class-data archive, so the test server starts slower: ${String(error).split('\n')[0]}`);
    return false;
  }
}

async function writeWrapper(path: string, classPath: string, archived: boolean): Promise<void> {
  const all = archived ? [...flags, `-XX:SharedArchiveFile=${archive}`] : flags;
  const script = `#!/bin/sh
# Relative paths: Java compares the class path with the one that its class-data archive was made from.
cd "$(dirname "$0")" || exit 1
exec "\${JAVA_HOME:+$JAVA_HOME/bin/}java" ${all.join(' ')} -cp '${classPath}' ${mainClass} "$@"
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
}
