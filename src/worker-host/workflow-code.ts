import { bundleWorkflowCode, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { versionOf } from '../process/worker-packages.ts';
import { workflowModules } from './workflow-modules.ts';

/** @returns the path of the built bundle. A bundle works only with the version of the SDK that made it, so the name has the version */
export function builtBundle(): string {
  return fileURLToPath(new URL(`../workflow-bundle-${versionOf('@temporalio/worker')}.js`, import.meta.url));
}

/** @returns the given bundle; or that of `npm run build`, if it is of the installed SDK; or a new one */
export async function workflowSource(bundle: WorkflowBundleOption | undefined): Promise<WorkflowBundleOption> {
  if (bundle !== undefined) return bundle;
  const built = builtBundle();
  if (existsSync(built)) return { codePath: built };
  return bundleWorkflowCode({ ...workflowModules(), logger: Runtime.instance().logger });
}
