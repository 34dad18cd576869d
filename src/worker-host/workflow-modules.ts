import type { BundleOptions } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

type Modules = Pick<
  BundleOptions,
  'workflowsPath' | 'workflowInterceptorModules' | 'payloadConverterPath' | 'failureConverterPath'
>;

/** The interceptors of workflows, which pass traces on. */
export const TRACE_INTERCEPTORS = pathOf('trace-header');

/** @returns the modules of the workflow bundle, as sources or as compiled files */
export function workflowModules(): Modules {
  const converters = pathOf('converters');
  return {
    workflowsPath: pathOf('index'),
    workflowInterceptorModules: [TRACE_INTERCEPTORS],
    payloadConverterPath: converters,
    failureConverterPath: converters,
  };
}

function pathOf(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
}
