import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { programLine } from '../process/program-line.ts';
import { workflowCode } from './workflow-code.ts';

// The last step of `npm run build` bundles the compiled workflow code. With a bundle, a worker starts in a second, writes no file, and
// runs exactly the code that was tested. The bundle works only with the SDK version that made it.

const about = 'Bundles the compiled workflow code into dist/workflow-bundle.js; the last step of `npm run build`.';
programLine('node dist/worker-host/bundle-program.js', about).parse();

const target = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

const { code } = await bundleWorkflowCode(workflowCode());
await writeFile(target, code);
