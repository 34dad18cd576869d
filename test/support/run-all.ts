import { programLine } from '../../src/process/program-line.ts';
import { runOnNodes } from './other-nodes.ts';
import { devServerExecutable, say, timeSkippingExecutable } from './servers.ts';
import { conclude, runCommand, runTests, step, type Total } from './test-run.ts';

// Runs all checks and tests. The last line has the counts: `N passed, N failed`. If one part fails, the others run too.

const line = programLine('npm test --', 'Runs everything that must be green, and ends with one line that counts it.')
  .option('--no-server', 'leave out what needs a server or a registry, as `npm run check` does')
  .option('--deploy', 'check the deployment files too')
  .option('--nodes', 'run a part of it on Node 22, 24 and 26 too');
const {
  server: withServers,
  deploy: withDeploy,
  nodes: withNodes,
} = line.parse().opts<{ server: boolean; deploy?: true; nodes?: true }>();

const staticChecks = [
  ['format', 'oxfmt', '--check', '.'],
  ['types', 'tsc', '--noEmit'],
  ['lint', 'oxlint'],
  ['unused code', 'knip'],
] as const;

async function main(): Promise<void> {
  const total: Total = { passed: 0, failures: [] };
  for (const [name, command, ...args] of staticChecks) {
    await step(total, `${name}: ${[command, ...args].join(' ')}`, () => runCommand(command, args));
  }
  if (withDeploy) {
    // It prints the output at once, because the first run builds checkers, which takes minutes.
    const check = () => runCommand('npm', ['run', 'check:deploy'], say);
    await step(total, 'deployment files: npm run check:deploy', check);
  }
  const projects = ['unit', 'replay'];
  if (withServers) {
    if (await step(total, 'time-skipping server', async () => void (await timeSkippingExecutable())))
      projects.push('workflow');
    if (await step(total, 'development server', async () => void (await devServerExecutable())))
      projects.push('integration', 'e2e', 'hostile');
  }
  say(`> tests: ${projects.join(', ')}`);
  await runTests(total, { projects });
  if (withNodes) await runOnNodes(total, 'short');
  process.exitCode = conclude(total);
}

await main();
