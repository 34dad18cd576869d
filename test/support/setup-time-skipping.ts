import type { TestProject } from 'vitest/node';
import { timeSkippingExecutable } from './servers.ts';

/** Global setup of the workflow tests: the server's executable; each file starts one of its own. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('timeSkippingExecutable', await timeSkippingExecutable());
}
