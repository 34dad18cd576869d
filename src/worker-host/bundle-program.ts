import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { programLine } from '../process/program-line.ts';
import { builtBundle } from './workflow-code.ts';
import { workflowModules } from './workflow-modules.ts';

// The last step of `npm run build` bundles the compiled workflow code. With a bundle, a worker starts in a second, writes no file, and
// runs exactly the code that was tested.

const about =
  'Bundles the compiled workflow code into dist/workflow-bundle-<version of the SDK>.js; the last step of `npm run build`.';
programLine('node dist/worker-host/bundle-program.js', about).parse();

const { code } = await bundleWorkflowCode(workflowModules());
await writeFile(builtBundle(), code);
