import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { workflowModules } from '../../src/worker-host/workflow-modules.ts';

let code: string;
beforeAll(async () => {
  ({ code } = await bundleWorkflowCode({ ...workflowModules(), logger: new DefaultLogger('ERROR') }));
});

/** @returns our modules in the bundle, as paths relative to src */
function modules(): string[] {
  const found = code.matchAll(/"\.\/src\/([\w./-]+\.ts)"/g);
  return [...new Set([...found].map(([, path]) => path ?? ''))].toSorted();
}

test('the workflow bundle has only workflows, tracking and contract: no provider, no activity, no client', () => {
  expect(modules()).toContain('workflows/track-job.ts');
  expect(modules()).toContain('tracking/decide.ts');
  expect(modules().filter((path) => !/^(workflows|tracking|contract)\/|^polling\/memory\.ts$/.test(path))).toEqual([]);
});

test('the bundle has nothing that a workflow may not use: no HTTP client, no schema library, no Node module of ours', () => {
  for (const name of [
    'got',
    'zod',
    'hono',
    'pino',
    '@temporalio/client',
    '@temporalio/worker',
    '@temporalio/activity',
    '@opentelemetry',
  ]) {
    expect(code).not.toContain(`"./node_modules/${name}/`);
  }
});
