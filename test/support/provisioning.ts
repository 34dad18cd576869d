import { join } from 'node:path';
import type { Download, ProvisionContext } from '../../src/embedded/chain.ts';

import { run } from '../../src/embedded/run.ts';

export type Provisioning = { context: ProvisionContext; said: string[]; bin: string; cache: string };

/** Commands are searched only in `bin`, so a test finds only its fake tools. */
export async function provisioningIn(folder: string, changes: Partial<ProvisionContext> = {}): Promise<Provisioning> {
  const [bin, cache] = [join(folder, 'bin'), join(folder, 'cache')];
  const said: string[] = [];
  const env = { PATH: bin, JOBTRACK_CACHE_DIR: cache, ...changes.env };
  const context: ProvisionContext = {
    run,
    download: unreachable,
    progressLineMs: 60_000,
    say: (line) => said.push(line),
    ...changes,
    env,
  };
  return { context, said, bin, cache };
}

/** A machine without internet. */
const unreachable: Download = {
  lookUp: () => Promise.reject(new Error('getaddrinfo ENOTFOUND')),
  fetch: () => Promise.reject(new Error('not reached')),
};
