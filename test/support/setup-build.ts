import { join } from 'node:path';
import { run } from '../../src/embedded/run.ts';

const root = join(import.meta.dirname, '../..');

/** Global setup of the end-to-end tests, which test the built package. */
export async function setup(): Promise<void> {
  const { code, stdout, stderr } = await run('npm', ['run', 'build'], {
    cwd: root,
    env: process.env,
    timeoutMs: 180_000,
  });
  if (code !== 0) throw new Error(`the build failed: ${stdout}${stderr}`);
}
