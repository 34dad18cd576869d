import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/embedded/run.ts';
import { programLine } from '../../src/process/program-line.ts';
import { elapsed } from '../../src/embedded/progress-lines.ts';
import type { TestCounts } from './count-reporter.ts';
import { devServerExecutable, say, timeSkippingExecutable } from './servers.ts';

// Runs all checks and tests. The last line has the counts: `N passed, N failed`. If one part fails, the others run too.

const root = fileURLToPath(new URL('../..', import.meta.url));
const line = programLine('npm test --', 'Runs everything that must be green, and ends with one line that counts it.')
  .option('--no-server', 'leave out what needs a server, as `npm run check` does')
  .option('--deploy', 'check the deployment files too');
const { server: withServers, deploy: withDeploy } = line.parse().opts<{ server: boolean; deploy?: true }>();
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}` };
const limitMs = 60 * 60_000; // longer than any run: also a run that hangs must end with counts

const staticChecks = [
  ['format', 'oxfmt', '--check', '.'],
  ['types', 'tsc', '--noEmit'],
  ['lint', 'oxlint'],
  ['unused code', 'knip'],
] as const;

type Total = { passed: number; failures: string[] };

async function step(total: Total, name: string, work: () => Promise<void>): Promise<boolean> {
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

async function runCheck(command: string, args: readonly string[]): Promise<void> {
  const result = await run(command, args, { env, cwd: root, timeoutMs: limitMs });
  if (result.code !== 0) throw new Error(`${result.stdout}${result.stderr}`.trim() || `exit code ${result.code}`);
}

/** Prints the output at once, because the first run builds checkers, which takes minutes. */
async function runDeployChecks(): Promise<void> {
  const { code } = await run('npm', ['run', 'check:deploy'], { env, cwd: root, timeoutMs: limitMs, onLine: say });
  if (code !== 0) throw new Error(`exit code ${code}`);
}

async function runTests(total: Total, projects: readonly string[]): Promise<void> {
  say(`> tests: ${projects.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'jobtrack-tests-'));
  const file = join(folder, 'counts.json');
  try {
    const reporters = ['--reporter=default', `--reporter=${join(root, 'test/support/count-reporter.ts')}`];
    const args = ['run', ...reporters, ...projects.map((name) => `--project=${name}`)];
    const options = { env: { ...env, JOBTRACK_TEST_COUNTS: file }, cwd: root, timeoutMs: limitMs, onLine: say };
    const { code } = await run('vitest', args, options);
    addCounts(total, { counts: readCounts(file), projects, code });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

async function main(): Promise<void> {
  const total: Total = { passed: 0, failures: [] };
  for (const [name, command, ...args] of staticChecks) {
    await step(total, `${name}: ${[command, ...args].join(' ')}`, () => runCheck(command, args));
  }
  if (withDeploy) await step(total, 'deployment files: npm run check:deploy', runDeployChecks);
  const projects = ['unit', 'replay'];
  if (withServers) {
    if (await step(total, 'time-skipping server', async () => void (await timeSkippingExecutable())))
      projects.push('workflow');
    if (await step(total, 'development server', async () => void (await devServerExecutable())))
      projects.push('integration', 'e2e', 'hostile');
  }
  await runTests(total, projects);
  for (const failure of total.failures) say(`FAILED: ${failure}`);
  process.exitCode = total.failures.length === 0 ? 0 : 1;
  say(`${total.passed} passed, ${total.failures.length} failed`);
}

await main();
