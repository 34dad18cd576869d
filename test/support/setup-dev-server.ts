import type { TestProject } from 'vitest/node';
import { devServerExecutable, useSharedDevServer } from './servers.ts';

/** Global setup of the projects that use a real server. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { address, release } = await useSharedDevServer();
  project.provide('temporalAddress', address);
  project.provide('temporalExecutable', await devServerExecutable());
  return release;
}
