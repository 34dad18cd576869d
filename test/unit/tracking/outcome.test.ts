import { describe, expect, test } from 'vitest';
import { type Closing, closingOf } from '../../../src/tracking/views/outcome.ts';
import type { Ending } from '../../../src/contract/outcome.ts';
import { DOCSWRITE, factsOf, MINUTE, trackedAtDocswrite } from '../../support/core-builders.ts';

const facts = factsOf(trackedAtDocswrite(), MINUTE);
const done: Closing = { as: 'completed' };
const canceled: Closing = { as: 'canceled' };
const failed = (type: string, sentence: string): Closing => ({
  as: 'failed',
  type,
  message: `docswrite job 42 ${sentence}`,
});

describe('how a workflow closes', () => {
  test.each<[Ending, Closing, Closing?]>([
    [{ status: 'completed', result: null, link: null, warnings: [] }, done],
    [{ status: 'cancelled', by: 'request', confirmed: true }, done, canceled],
    [{ status: 'cancelled', by: 'request', confirmed: false }, done, canceled],
    [{ status: 'abandoned', why: 'cancel-unsupported' }, done, canceled],
    [{ status: 'abandoned', why: 'cancel-refused' }, done, canceled],
    [{ status: 'abandoned', why: 'cancel-unconfirmed' }, done, canceled],
    [{ status: 'cancelled', by: 'service', confirmed: true }, failed('JobCancelled', 'was cancelled at the service')],
    [{ status: 'failed', reason: 'out of paper' }, failed('JobFailed', 'failed: out of paper')],
    [{ status: 'moderated', reason: 'violence' }, failed('JobModerated', 'was stopped by moderation: violence')],
    [{ status: 'moderated', reason: null }, failed('JobModerated', 'was stopped by moderation')],
    [
      { status: 'lost', lastState: 'running' },
      failed('JobLost', 'vanished from the service; it was last seen running'),
    ],
    [
      { status: 'not-found' },
      failed('JobNotFound', 'is not known at the service; check the id, the account and the queue'),
    ],
    [{ status: 'timed-out', limit: 'queuedMs' }, failed('JobTimedOut', 'was not done within queuedMs')],
    [{ status: 'unauthorized', reason: 'bad key' }, failed('JobUnauthorized', 'cannot be read: bad key')],
    [{ status: 'rejected', reason: 'wrong queue' }, failed('JobRejected', 'cannot be read: wrong queue')],
  ])('%j', (ending, closing, native = closing) => {
    const outcome = { ...ending, ...facts, job: DOCSWRITE };
    expect(closingOf(outcome, false)).toEqual(closing);
    expect(closingOf(outcome, true)).toEqual(native);
  });
});
