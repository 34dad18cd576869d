import type { TestProject } from 'vitest/node';
import { timeSkippingExecutable } from './servers.ts';

/** Global setup of the workflow tests. It provides the executable of the server. Each file starts its own server. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('timeSkippingExecutable', await timeSkippingExecutable());
}
