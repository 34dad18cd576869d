import { type BundleOptions, bundleWorkflowCode, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @returns the modules of the workflow bundle, as sources or as compiled files */
export function workflowCode(): Pick<BundleOptions, 'workflowsPath' | 'payloadConverterPath' | 'failureConverterPath'> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pathOf = (name: string): string => fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
  const converters = pathOf('converters');
  return { workflowsPath: pathOf('index'), payloadConverterPath: converters, failureConverterPath: converters };
}

/** @returns the given bundle, or that of `npm run build`, or a new one */
export async function workflowSource(bundle: WorkflowBundleOption | undefined): Promise<WorkflowBundleOption> {
  if (bundle !== undefined) return bundle;
  const built = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { codePath: built };
  return bundleWorkflowCode({ ...workflowCode(), logger: Runtime.instance().logger });
}
