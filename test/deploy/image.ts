import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { instructionsOf, type Stage } from './dockerfile.ts';
import { must, root } from './tools.ts';

/** Runs the steps of the build stage in a folder. Then copies what the last stage copies, as a container engine does into /app. */
export async function performBuild([build, last]: [Stage, Stage], folder: string): Promise<string> {
  const [source, app] = [join(folder, 'build'), join(folder, 'app')];
  await Promise.all([mkdir(source), mkdir(app)]);
  const taken = await contextPaths();
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? folder };
  for (const { name, text, words } of build.instructions) {
    if (name === 'COPY') await copyInto(source, words, (path) => join(root, allowed(taken, path)));
    if (name === 'RUN') await must('/bin/sh', ['-c', text], { cwd: source, env, timeoutMs: 600_000 });
  }
  for (const { words } of instructionsOf(last, 'COPY')) {
    const [from, ...paths] = words;
    if (from !== `--from=${build.name}`) throw new Error(`the last stage copies from ${from}, not from the build`);
    await copyInto(app, paths, (path) => join(source, path.replace(/^\/app\//, '')));
  }
  await chmod(folder, 0o755);
  return app;
}

async function copyInto(folder: string, words: string[], pathOf: (path: string) => string): Promise<void> {
  const target = words.at(-1) ?? '.';
  for (const path of words.slice(0, -1)) {
    const to = target === './' ? join(folder, path.split('/').at(-1) ?? '') : join(folder, target);
    await mkdir(dirname(to), { recursive: true });
    await cp(pathOf(path), to, { recursive: true, verbatimSymlinks: true });
  }
}

/** @returns the paths that .dockerignore allows; its first line must exclude everything */
async function contextPaths(): Promise<string[]> {
  const lines = (await readFile(join(root, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  if (lines[0] !== '*') throw new Error('.dockerignore lets everything in');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

function allowed(taken: readonly string[], path: string): string {
  if (!taken.includes(path)) throw new Error(`.dockerignore keeps ${path} out`);
  return path;
}
