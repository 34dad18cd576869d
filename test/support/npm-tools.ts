import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheFolder, installOnce } from '../../src/embedded/cache.ts';
import { firstOf, type Executable, type Source } from '../../src/embedded/chain.ts';
import { complete, type ProvisionOptions } from '../../src/embedded/provision.ts';
import { lastLineOf } from '../../src/embedded/run.ts';
import { say } from './servers.ts';

// Tools that only tests need, got from the npm registry by name and kept in the cache. As development dependencies they would be in the
// way: another TypeScript would take the name `tsc`, and three versions of Node are 600 MB that most runs do not need.

/** An executable file of one package. */
interface Tool {
  package: string;
  version: string;
  /** The path in the package. */
  file: string;
}

/** The versions of Node besides the oldest, 20.19, on which CI runs everything. */
const NODES = { 22: '22.23.5', 24: '24.22.3', 26: '26.12.1' } as const;

/** A major version of Node. */
export type NodeMajor = keyof typeof NODES;

export const NODE_MAJORS: readonly NodeMajor[] = [22, 24, 26];

/**
 * Finds a version of Node, or installs it.
 * @returns the path of its executable
 * @throws ProvisionError that says what was tried and what to do
 */
export async function nodeExecutable(major: NodeMajor): Promise<string> {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const { path } = await provision({ package: name, version: NODES[major], file: 'bin/node' });
  return path;
}

/**
 * Finds the last TypeScript 5, or installs it.
 * @returns the path of its compiler, which Node runs
 * @throws ProvisionError that says what was tried and what to do
 */
export async function typescript5(): Promise<string> {
  const { path } = await provision({ package: 'typescript', version: '5.9.3', file: 'bin/tsc' });
  return path;
}

/** Finds or installs a tool. `options`: tests replace parts. */
export function provision(tool: Tool, options: ProvisionOptions = { env: process.env, say }): Promise<Executable> {
  const artifact = { name: `npm-${tool.package}`, file: 'link' };
  const help = `${tool.package}@${tool.version} could not be installed.
Let npm reach a registry that has it, and run this again: it is kept in ${cacheFolder(options.env)}`;
  const source: Source = {
    name: `npm install ${tool.package}@${tool.version}`,
    find: async (context) => ({
      path: await installOnce(context, { artifact, version: tool.version }, async (folder) => {
        context.say(`installing ${tool.package} ${tool.version} from the npm registry, once; it is kept in the cache`);
        const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'];
        const given = { cwd: folder, env: context.env, timeoutMs: INSTALL_MS };
        const result = await context.run('npm', [...args, `${tool.package}@${tool.version}`], given);
        if (result.code !== 0) throw new Error(`npm failed: ${lastLineOf(result)}`);
        await symlink(join('node_modules', tool.package, tool.file), join(folder, artifact.file));
      }),
    }),
  };
  return firstOf([cached(artifact, [tool.version]), source], complete(options), help);
}

const INSTALL_MS = 10 * 60_000; // it takes ten seconds
