import { createRequire } from 'node:module';

/** Optional peer dependencies, because clients do without them. They must have the version of the client's packages. */
const WORKER_PACKAGES = ['@temporalio/worker', '@temporalio/activity', '@temporalio/workflow', '@temporalio/nexus'];

/** Packages that a worker needs are not installed. The message names them, and the command that installs them. */
export class MissingPackagesError extends Error {
  override readonly name = 'MissingPackagesError';
  /** The names of the packages. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[], version: string) {
    const install = `npm install ${missing.map((name) => `${name}@${version}`).join(' ')}`;
    super(`a worker needs packages that are not installed: ${missing.join(', ')}; to install them, run: ${install}`);
    this.missing = missing;
  }
}

/** Resolves a module name. Throws if there is no such module. */
export type Resolve = (name: string) => string;

const here = createRequire(import.meta.url);

/**
 * Looks for the packages, and does not load them.
 * @throws MissingPackagesError
 */
export function requireWorkerPackages(resolve: Resolve = here.resolve): void {
  const missing = WORKER_PACKAGES.filter((name) => !canResolve(name, resolve));
  if (missing.length > 0) throw new MissingPackagesError(missing, versionOf('@temporalio/client'));
}

/** @returns the version of an installed package of Temporal's SDK */
export function versionOf(name: string): string {
  const { version } = here(`${name}/package.json`) as { version: string };
  return version;
}

function canResolve(name: string, resolve: Resolve): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}
