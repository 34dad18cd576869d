import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from '../../src/embedded/run.ts';
import { root } from './marked.ts';
import { fakeCommand, scratchFolder } from './scratch.ts';

/** Runs the lines of a document in bash. @returns what they print on stdout. @throws Error if a line fails */
export type DocumentShell = (script: string) => Promise<string>;

/** @returns a shell with the real `temporal` and `jobtrack`, and without the environment and profiles of the user */
export async function documentShell(executable: string, env: Record<string, string>): Promise<DocumentShell> {
  const folder = await scratchFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await fakeCommand(join(bin, 'temporal'), `exec "${executable}" "$@"`);
  const loader = join(root, 'node_modules/tsx/dist/loader.mjs');
  await fakeCommand(
    join(bin, 'jobtrack'),
    `exec "${process.execPath}" --import "${loader}" "${root}/src/cli/main.ts" "$@"`,
  );
  const whole = { ...env, HOME: folder, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  return async (script) => {
    const args = ['-euo', 'pipefail', '-c', script];
    const ended = await run('bash', args, { cwd: folder, env: whole, timeoutMs: 120_000 });
    if (ended.code !== 0) throw new Error(`${script}\nended with ${ended.code}:\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  };
}
