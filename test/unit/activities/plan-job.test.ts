import { ApplicationFailure } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import type { ActivityContext } from '../../../src/activities/job-activities.ts';
import { createPlanJob } from '../../../src/activities/plan-job.ts';
import { type TrackJobInput, wire } from '../../../src/contract/index.ts';
import { PROVIDERS } from '../../../src/providers/registry/traits.ts';

const planJob = createPlanJob({ table: PROVIDERS } as unknown as ActivityContext);

/** @returns the type of the failure that refuses an input with this provider; null: the input is not refused */
function refusalOf(provider: unknown): Promise<unknown> {
  return planJob({ job: { provider, jobId: '1' } } as unknown as TrackJobInput).then(
    () => null,
    (error: unknown) => (error instanceof ApplicationFailure ? error.type : error),
  );
}

describe('a provider that this worker does not know', () => {
  test('may be one of a newer worker, so the plan waits for that worker', async () => {
    expect(await refusalOf('new-writer')).toBe(wire.unknownProvider);
  });

  test.each([[null], [true], [7], [['docswrite']], [{}], [''], ['No Name'], ['a'.repeat(41)]])(
    'is refused at once if no provider can have this name: %j',
    async (provider) => {
      expect(await refusalOf(provider)).toBe(wire.invalidJob);
    },
  );
});
