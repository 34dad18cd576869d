import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

// The last step of `npm run build`: bundles the compiled workflow code, so that a worker starts in a second, writes no file and
// runs exactly what was tested. The bundle fits the SDK's version that made it, and no other.

const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
const target = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

const { code } = await bundleWorkflowCode({ workflowsPath });
await writeFile(target, code);
