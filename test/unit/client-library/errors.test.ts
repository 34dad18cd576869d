import { ServiceError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { UnreachableError } from '../../../src/client.ts';
import { translated } from '../../../src/client-library/errors.ts';

test('a call that a limit of the server refuses is an UnreachableError that says what helps', () => {
  const details = 'namespace concurrent poller limit exceeded';
  const cause = Object.assign(new Error(`8 RESOURCE_EXHAUSTED: ${details}`), { code: 8, details, metadata: {} });
  const failed = new ServiceError('Failed to get Workflow execution history', { cause });
  const error = translated(failed, { workflowId: 'job', taskQueue: 'queue', needsWorker: false });
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error).toMatchObject({
    what: 'temporal',
    message: `Temporal refuses this now: ${details}`,
    hint: "try again later, with fewer calls at once; or raise the server's limits for this namespace",
    cause: failed,
  });
});
