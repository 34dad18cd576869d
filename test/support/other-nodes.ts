import { NODE_MAJORS, type NodeMajor, nodeExecutable } from './npm-tools.ts';
import { say } from './servers.ts';
import { runTests, step, type Total } from './test-run.ts';

/**
 * What `npm test -- --nodes` runs on each further version of Node: the replay of all histories, which also loads the SDK's native part, and the unit
 * tests of what Node itself does for us. The rest of the unit tests is arithmetic.
 */
const SHORT = [
  'test/replay/replay.test.ts',
  'test/unit/worker-host/',
  'test/unit/providers/http/',
  'test/unit/process/clean-up',
  'test/unit/process/telemetry',
  'test/unit/process/uncaught',
  'test/unit/process/worker-packages',
  'test/unit/embedded/child',
  'test/unit/cli/terminal/',
  'test/unit/client-library/tls-diagnosis',
];

/** Runs unit and replay tests on further versions of Node, one after the other. `short`: some of them. */
export async function runOnNodes(
  total: Total,
  extent: 'short' | 'whole',
  majors: readonly NodeMajor[] = NODE_MAJORS,
): Promise<void> {
  for (const major of majors) {
    let node = '';
    const isHere = await step(total, `Node ${major}`, async () => void (node = await nodeExecutable(major)));
    if (!isHere) continue;
    const onNode: Total = { passed: 0, failures: [] };
    say(`> tests on Node ${major}: unit, replay`);
    await runTests(onNode, { projects: ['unit', 'replay'], node, files: extent === 'short' ? SHORT : [] });
    total.passed += onNode.passed;
    total.failures.push(...onNode.failures.map((failure) => `Node ${major}: ${failure}`));
  }
}
