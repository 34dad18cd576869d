import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { inputProblems } from '../../support/input-problems.ts';
import type { JobRef } from '../../../src/contract/job.ts';
import { jobRefOf, normaliseJob, workflowIdOf } from '../../../src/client-library/job-ids.ts';
import { DEEPWRITER, DOCSWRITE, RUNS, UUID } from '../../support/core-builders.ts';

vi.setConfig({ testTimeout: 120_000 }); // each property runs a thousand times, and the machine may be busy

describe('a job is written in one way', () => {
  test.each<[JobRef, JobRef]>([
    [{ provider: 'docswrite', jobId: '42' }, DOCSWRITE],
    [{ provider: 'docswrite', jobId: 'job:42', queueType: 'post' }, DOCSWRITE],
    [{ provider: 'docswrite', jobId: ' job:42 ', account: 'default' }, DOCSWRITE],
    [{ provider: 'docswrite', jobId: 'job: 42' }, DOCSWRITE],
    [{ provider: 'docswrite', jobId: 'job:job:42' }, DOCSWRITE],
    [
      { provider: 'docswrite', jobId: 'job-abc', queueType: 'publish' },
      { ...DOCSWRITE, jobId: 'job-abc', queueType: 'publish' },
    ],
    [{ provider: 'deepwriter', jobId: ` ${UUID.toUpperCase()}` }, DEEPWRITER],
    [
      { provider: 'acme', jobId: 'job:1' },
      { provider: 'acme', jobId: 'job:1' },
    ],
  ])('%j', (given, expected) => {
    expect(normaliseJob(given)).toEqual(expected);
  });
});

describe('a workflow id', () => {
  test.each<[JobRef, string]>([
    [{ provider: 'docswrite', jobId: '42' }, 'job:docswrite:default:post:42'],
    [
      { provider: 'docswrite', jobId: 'a:b/c d', queueType: 'x:y', account: 'acme' },
      'job:docswrite:acme:x%3Ay:a%3Ab%2Fc%20d',
    ],
    [{ provider: 'deepwriter', jobId: UUID.toUpperCase() }, `job:deepwriter:default:${UUID}`],
  ])('of %j is %s, so that one job has one workflow (I3)', (ref, id) => {
    expect(workflowIdOf(ref)).toBe(id);
    expect(jobRefOf(id)).toEqual(normaliseJob(ref));
  });

  test('of two queues with the same id are two (P11)', () => {
    expect(workflowIdOf({ ...DOCSWRITE, queueType: 'publish' })).not.toBe(workflowIdOf(DOCSWRITE));
  });

  test('is invalid for an unknown provider', () => {
    expect(() => workflowIdOf({ provider: 'acme', jobId: '1' })).toThrow(RangeError);
  });

  test.each([
    '',
    'job',
    'job:',
    'job:docswrite',
    'job:docswrite:default:42',
    'job:docswrite:default:post:42:7',
    'job:acme:default:42',
    'other:docswrite:default:post:42',
    'job:docswrite:default:post:%ZZ',
    'job:docswrite:default:post:job%3A42',
    'job:docswrite:default:post:4 2',
    `job:deepwriter:default:${UUID.toUpperCase()}`,
  ])('is not %j', (id) => {
    expect(jobRefOf(id)).toBeNull();
  });
});

const printable = fc.string({
  minLength: 1,
  maxLength: 40,
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const account = fc.option(fc.stringMatching(/^[a-z0-9-]{1,40}$/), { nil: undefined });
const prefixed = fc.tuple(fc.constantFrom('', 'job:', 'job:job:', ' job: '), printable).map((parts) => parts.join(''));
const anyJob: fc.Arbitrary<JobRef> = fc.oneof(
  fc.record({
    provider: fc.constant('docswrite'),
    jobId: prefixed,
    account,
    queueType: fc.option(printable, { nil: undefined }),
  }),
  fc.record({ provider: fc.constant('deepwriter'), jobId: fc.uuid(), account }),
);

describe('of any job that is right', () => {
  const rightJob = anyJob.filter((job) => inputProblems({ job }).length === 0);

  test('the workflow id leads back to it (I3)', () => {
    fc.assert(
      fc.property(rightJob, (job) => {
        const id = workflowIdOf(job);
        expect(jobRefOf(id)).toEqual(normaliseJob(job));
        expect(id.split(':').every((part) => /^[\w.!~*'()%-]+$/.test(part))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('writing it in the one way again changes nothing', () => {
    fc.assert(
      fc.property(rightJob, (job) => {
        const written = normaliseJob(job);
        expect(normaliseJob(written)).toEqual(written);
        expect(inputProblems({ job: written })).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('no other job has its workflow id (I3)', () => {
    fc.assert(
      fc.property(rightJob, rightJob, (one, other) => {
        const same = workflowIdOf(one) === workflowIdOf(other);
        expect(same).toBe(JSON.stringify(normaliseJob(one)) === JSON.stringify(normaliseJob(other)));
      }),
      { numRuns: RUNS },
    );
  });

  test('any text gives no job, or a job with exactly this workflow id', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `job:docswrite:default:post:${text}`),
        ),
        (id) => {
          const ref = jobRefOf(id);
          expect(ref === null || workflowIdOf(ref) === id).toBe(true);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
