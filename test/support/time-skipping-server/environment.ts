import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';

/** Starts a time-skipping environment for one test file. Its clock is global: tests of a file run one after the other. */
export async function createTimeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const create = (): Promise<TestWorkflowEnvironment> =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: inject('timeSkippingExecutable') } },
    });
  return create().catch(create); // the SDK gives the server 5 s, which a busy machine may exceed once
}
