import { InvalidArgumentError } from 'commander';
import { programLine } from '../../src/process/program-line.ts';
import { NODE_MAJORS, type NodeMajor } from './npm-tools.ts';
import { runOnNodes } from './other-nodes.ts';
import { say } from './servers.ts';
import { conclude, runTests, type Total } from './test-run.ts';

// Runs all unit and replay tests on further versions of Node, and the examples on each.

function majors(text: string, before: readonly NodeMajor[] = []): readonly NodeMajor[] {
  const major = NODE_MAJORS.find((each) => String(each) === text);
  if (major === undefined) throw new InvalidArgumentError(`It must be one of ${NODE_MAJORS.join(', ')}.`);
  return [...before, major];
}

const line = programLine(
  'npm run test:nodes --',
  'Runs unit, replay and a short end-to-end part on newer versions of Node.',
)
  .argument('[versions...]', `some of ${NODE_MAJORS.join(', ')}; all if left out`, majors)
  .parse();
const chosen = line.processedArgs[0] as readonly NodeMajor[];

const total: Total = { passed: 0, failures: [] };
await runOnNodes(total, 'whole', chosen.length === 0 ? NODE_MAJORS : chosen);
say('> tests: the examples with the packed package on each version');
process.env['JOBTRACK_TEST_NODES'] = 'on';
await runTests(total, { projects: ['e2e'], files: ['test/e2e/examples.test.ts'] });
process.exitCode = conclude(total);
