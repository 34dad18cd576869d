import type { BundleOptions } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

/** What is bundled as workflow code, from the sources or from what was built of them. */
export function workflowCode(): Pick<BundleOptions, 'workflowsPath' | 'payloadConverterPath' | 'failureConverterPath'> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pathOf = (name: string): string => fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
  const converters = pathOf('converters');
  return { workflowsPath: pathOf('index'), payloadConverterPath: converters, failureConverterPath: converters };
}
