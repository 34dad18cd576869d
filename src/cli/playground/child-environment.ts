import { fileURLToPath } from 'node:url';
import type { Environment } from '../../config/index.ts';

/** Variables of this machine, not of a server or a tracker. */
const KEPT = ['TEMPORAL_CLI_PATH', 'JOBTRACK_CACHE_DIR', 'JOBTRACK_LOG_LEVEL'];

/** The path of a missing file, which is allowed. The person's own profile could have TLS settings and a key of another server. */
const NO_FILE = fileURLToPath(new URL('no-such-profile.toml', import.meta.url));

/** @returns the environment without the variables of these prefixes, so that settings for another server have no effect */
export function without(env: Environment, ...prefixes: string[]): Environment {
  const kept = Object.entries(env).filter(
    ([name]) => KEPT.includes(name) || !prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

/** @returns the environment for a worker at an embedded server */
export function atServer(env: Environment, address: string): Environment {
  return {
    ...without(env, 'TEMPORAL_'),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: NO_FILE,
  };
}
