import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { elapsed } from '../../src/embedded/progress-lines.ts';
import { run } from '../../src/embedded/run.ts';
import type { TestCounts } from './count-reporter.ts';
import { say } from './servers.ts';

// What the programs that run many tests share: steps, test runs, and one line at the end that counts them.

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const limitMs = 60 * 60_000; // longer than any run: also a run that hangs must end with counts

/** How many steps and tests passed, and what failed. */
export interface Total {
  passed: number;
  failures: string[];
}

/** Does one piece of work. It counts as one test. @returns whether it passed */
export async function step(total: Total, name: string, work: () => Promise<void>): Promise<boolean> {
  const beganMs = Date.now();
  say(`> ${name}`);
  try {
    await work();
    total.passed += 1;
    say(`  ok (${elapsed(Date.now() - beganMs)})`);
    return true;
  } catch (error) {
    total.failures.push(name);
    say(`${error instanceof Error ? error.message : String(error)}\n  FAILED: ${name}`);
    return false;
  }
}

/** Runs a command of this repository. @throws Error with its output, if it fails */
export async function runCommand(command: string, args: readonly string[], onLine?: typeof say): Promise<void> {
  const options = { env: environmentWith([bin]), cwd: root, timeoutMs: limitMs };
  const result = await run(command, args, onLine === undefined ? options : { ...options, onLine });
  if (result.code === 0) return;
  const output = onLine === undefined ? `${result.stdout}${result.stderr}`.trim() : '';
  throw new Error(output || `exit code ${result.code}`);
}

/** A run of vitest. */
export interface TestRun {
  projects: readonly string[];
  /** Only test files whose path has one of these parts. Default: all. */
  files?: readonly string[];
  /** The executable of Node that runs the tests. Default: that of this process. */
  node?: string;
}

/** Runs tests, and counts each. */
export async function runTests(
  total: Total,
  { projects, files = [], node = process.execPath }: TestRun,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jobtrack-tests-'));
  const file = join(folder, 'counts.json');
  try {
    const reporters = ['--reporter=default', `--reporter=${join(root, 'test/support/count-reporter.ts')}`];
    const args = ['run', ...files, ...reporters, ...projects.map((name) => `--project=${name}`)];
    const env = { ...environmentWith([dirname(node), bin]), JOBTRACK_TEST_COUNTS: file };
    const options = { env, cwd: root, timeoutMs: limitMs, onLine: say };
    const { code } = await run(node, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], options);
    addCounts(total, { counts: readCounts(file), projects, code });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function environmentWith(folders: readonly string[]): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [...folders, process.env['PATH'] ?? ''].join(delimiter) };
}

function readCounts(file: string): TestCounts | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestCounts;
  } catch {
    return null;
  }
}

function addCounts(
  total: Total,
  ended: { counts: TestCounts | null; projects: readonly string[]; code: number },
): void {
  const { counts, projects, code } = ended;
  if (!counts) {
    total.failures.push(`vitest ended with code ${code} before it had counted`);
    return;
  }
  total.passed += counts.passed;
  total.failures.push(...counts.reasons);
  // A missing folder, or a pattern that no longer matches, must not look like success.
  for (const name of projects) if (!counts.projects[name]) total.failures.push(`no test ran in project ${name}`);
  if (code !== 0 && counts.failed === 0) total.failures.push(`vitest ended with code ${code}`);
}

/** Prints what failed, and the counts: the last line is `N passed, N failed`. @returns the exit code */
export function conclude({ passed, failures }: Total): number {
  for (const failure of failures) say(`FAILED: ${failure}`);
  say(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}
