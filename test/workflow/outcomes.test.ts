import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackOptions } from '../../src/client.ts';
import { searchAttributes } from '../../src/contract/index.ts';
import type { CreateJob } from '../../src/simulators/control/interface.ts';
import {
  closedOf,
  HOUR,
  LATE_MS,
  MINUTE,
  type Service,
  startWorkflowRig,
  type WorkflowRig,
} from '../support/workflow-rig.ts';

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await startWorkflowRig();
});
afterAll(() => rig?.close());

const stepMs = MINUTE;

/** @returns the search attribute by which lists and queries find the job */
async function shownState(workflowId: string): Promise<string | undefined> {
  const { typedSearchAttributes } = await rig.client.workflow.getHandle(workflowId).describe();
  return typedSearchAttributes.get(searchAttributes.state);
}
type Case = [title: string, service: Service, ask: CreateJob, outcome: object, options?: TrackOptions];

describe('a successful job closes its workflow as Completed, with the outcome as its value', () => {
  const cases: Case[] = [
    ['docswrite', 'docswrite', { scenario: 'success', params: { stepMs } }, { link: expect.stringMatching(/^https:/) }],
    ['deepwriter', 'deepwriter', { scenario: 'success', params: { stepMs } }, { link: null, warnings: [] }],
    ['at 40 %', 'deepwriter', { scenario: 'completed-at-40', params: { stepMs } }, { link: null }],
    [
      'some images failed',
      'docswrite',
      { scenario: 'partial', params: { stepMs } },
      { warnings: [expect.stringContaining('image failed'), expect.any(String)] },
    ],
  ];
  test.each(cases)('%s', async (_, service, ask, ending) => {
    const job = await rig.follow(service, ask, { labels: { team: 'books' } });
    const outcome = await job.ended(HOUR);
    expect(outcome).toMatchObject({ status: 'completed', ...ending, labels: { team: 'books' } });
    expect(outcome.job).toMatchObject({ provider: service, jobId: job.jobId, account: 'default' });
    const { endedAtMs, polls } = await job.truth();
    expect(outcome.polls).toBe(polls);
    expect(Date.parse(outcome.detectedAt) - (endedAtMs ?? 0)).toBeLessThanOrEqual(MINUTE + LATE_MS);
    expect(await closedOf(rig, job.workflowId)).toMatchObject({ status: 'COMPLETED', failure: null, result: outcome });
    expect(await shownState(job.workflowId)).toBe('completed');
  });
});

const ERROR_MESSAGE = 'The model stopped answering after chapter 3';
const forbidden: CreateJob = { scenario: 'other-users-job' };

describe('another job fails its workflow: not retryable, BENIGN, with the outcome as its only detail, and with its end as its state', () => {
  const cases: Case[] = [
    [
      'JobFailed',
      'deepwriter',
      { scenario: 'failure', params: { stepMs } },
      { status: 'failed', reason: ERROR_MESSAGE },
    ],
    ['JobFailed', 'deepwriter', { scenario: 'full-then-failed', params: { stepMs } }, { status: 'failed' }],
    [
      'JobFailed',
      'docswrite',
      { scenario: 'failure', params: { stepMs, reason: 'absent' } },
      { status: 'failed', reason: 'the service gave no reason' },
    ],
    ['JobModerated', 'deepwriter', { scenario: 'moderated', params: { stepMs } }, { status: 'moderated' }],
    [
      'JobCancelled',
      'deepwriter',
      { scenario: 'cancelled-by-service', params: { stepMs, spelling: 'canceled' } },
      { status: 'cancelled', by: 'service', confirmed: true },
    ],
    ['JobLost', 'deepwriter', { scenario: 'removed', params: { stepMs } }, { status: 'lost', lastState: 'running' }],
    ['JobNotFound', 'docswrite', { scenario: 'not-found' }, { status: 'not-found' }],
    [
      'JobTimedOut',
      'deepwriter',
      { scenario: 'frozen' },
      { status: 'timed-out', limit: 'totalMs' },
      { limits: { totalMs: '20m' } },
    ],
    [
      'JobUnauthorized',
      'docswrite',
      forbidden,
      { status: 'unauthorized', reason: expect.stringContaining('Access denied') },
    ],
    ['JobRejected', 'docswrite', { scenario: 'wrong-queue', params: { status: 400 } }, { status: 'rejected' }],
  ];
  test.each(cases)('%s at %s', async (type, service, ask, ending, options) => {
    const job = await rig.follow(service, ask, options);
    const outcome = await job.ended(HOUR);
    expect(outcome).toMatchObject(ending);
    const closed = await closedOf(rig, job.workflowId);
    expect(closed).toMatchObject({
      status: 'FAILED',
      failure: { type, nonRetryable: true, benign: true, details: [outcome] },
    });
    expect(closed.failure?.message).toContain(`${service} job ${job.jobId} `);
    expect(await job.progress()).toMatchObject({ outcome, nextPollAt: null });
    expect(await shownState(job.workflowId)).toBe(outcome.status);
  });
});
