import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';

const STARTS = 6;

/** Starts a time-skipping environment for one test file. All tests of the file share its clock, so they run one after the other. */
export async function createTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const create = (): Promise<TestWorkflowEnvironment> =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: inject('timeSkippingExecutable') } },
    });
  // The SDK gives the server 5 s, and a busy machine may need more.
  for (let left = STARTS; ; left -= 1) {
    try {
      return await create();
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}
