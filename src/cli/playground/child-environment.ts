import { fileURLToPath } from 'node:url';
import type { Environment } from '../../config/index.ts';

/** Belongs to this machine, not to a server or a tracker. */
const KEPT = ['TEMPORAL_CLI_PATH', 'JOBTRACK_CACHE_DIR', 'JOBTRACK_LOG_LEVEL'];

/** Names no file, which is allowed: a person's profile for some cloud would bring its TLS and key along. */
const NO_FILE = fileURLToPath(new URL('no-such-profile.toml', import.meta.url));

/** The environment without every variable that begins so: a server of our own must not meet the settings of another one. */
export function without(env: Environment, ...prefixes: string[]): Environment {
  const kept = Object.entries(env).filter(
    ([name]) => KEPT.includes(name) || !prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

/** The environment of a worker at an embedded server. */
export function atServer(env: Environment, address: string): Environment {
  return {
    ...without(env, 'TEMPORAL_'),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: NO_FILE,
  };
}
