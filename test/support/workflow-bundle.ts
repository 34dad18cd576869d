import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workflowModules } from '../../src/worker-host/workflow-modules.ts';
import { sourceFilesIn } from './source-files.ts';

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/jobtrack-workflows/', import.meta.url));

/** Bundles the workflow code once for all test files, and again after a change of its sources or of the SDK. */
export async function sharedWorkflowBundle(): Promise<{ codePath: string }> {
  const sources = [
    '../package-lock.json',
    ...['workflows', 'tracking', 'contract', 'polling'].flatMap((folder) => sourcesIn(folder)),
  ];
  const hash = createHash('sha256');
  for (const file of sources) hash.update(`${file}\0`).update(readFileSync(join(src, file)));
  const codePath = join(cache, `${hash.digest('hex')}.js`);
  if (!existsSync(codePath)) await bundle(codePath);
  return { codePath };
}

function sourcesIn(folder: string): string[] {
  return sourceFilesIn(join(src, folder)).map((file) => join(folder, file));
}

async function bundle(codePath: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ ...workflowModules(), logger: new DefaultLogger('ERROR') });
  mkdirSync(cache, { recursive: true });
  const draft = `${codePath}.${randomUUID()}`; // another test file may write the bundle at the same moment
  writeFileSync(draft, code);
  renameSync(draft, codePath);
}
