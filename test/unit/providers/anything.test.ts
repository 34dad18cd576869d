import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProviderError } from '../../../src/contract/failure.ts';
import type { Snapshot } from '../../../src/contract/job.ts';
import { deepwriter } from '../../../src/providers/deepwriter/adapter.ts';
import { docswrite } from '../../../src/providers/docswrite/adapter.ts';
import { calm, DEEPWRITER_JOB, DOCSWRITE_JOB, open, serviceOf, UUID } from './service.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ minLength: 1_500, maxLength: 3_000 }),
);
const anyField = fc.oneof(fc.jsonValue({ maxDepth: 3 }), anyText, fc.double().map(String), fc.constant(null));
const anyState = fc.constantFrom(
  'waiting',
  'delayed',
  'active',
  'completed',
  'failed',
  'unknown',
  'in_progress',
  'moderated',
  'odd',
);
const anyJob = fc.record(
  {
    id: fc.oneof(fc.constantFrom('42', UUID), anyField),
    state: fc.oneof(anyState, anyField),
    status: fc.oneof(anyState, anyField),
    progress: fc.oneof(fc.double(), anyField),
    percent_complete: fc.oneof(fc.double(), anyField),
    returnValue: fc.oneof(
      anyField,
      fc.record({ error: fc.boolean(), image_failures: fc.array(anyText), post_url: fc.webUrl() }),
    ),
    failedReason: anyField,
    timestamp: fc.oneof(fc.double(), anyField),
    processedOn: fc.oneof(fc.double(), anyField),
    title: anyField,
    error_message: anyField,
    created_at: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      anyField,
    ),
  },
  { requiredKeys: [] },
);
const anyBody = fc.oneof(
  { weight: 4, arbitrary: anyJob.map((job) => JSON.stringify(job)) },
  { weight: 4, arbitrary: anyJob.map((data) => JSON.stringify({ success: true, data })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ error: anyField, message: anyField, details: anyField, code: anyField })
      .map((body) => JSON.stringify(body)),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anyText },
);
const anyStatus = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  { weight: 2, arbitrary: fc.integer({ min: 200, max: 599 }) },
);

function expectBounded(snapshot: Snapshot): void {
  const { result, details, ...rest } = snapshot;
  for (const text of [...Object.values(rest), result?.link, ...(result?.warnings ?? [])]) {
    if (typeof text !== 'string') continue;
    expect(text.length).toBeLessThanOrEqual(1_000);
    expect(text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  }
  expect(Buffer.byteLength(JSON.stringify(result?.value ?? null))).toBeLessThanOrEqual(64 * 1_024);
  expect(Buffer.byteLength(JSON.stringify(details))).toBeLessThanOrEqual(64 * 1_024);
  expect(snapshot.progress === null || (snapshot.progress >= 0 && snapshot.progress <= 100)).toBe(true);
  expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
}

test('I9: for any answer of a service, the snapshot is bounded plain JSON, or the failure is a ProviderError with a bounded message', async () => {
  let script = { status: 200, body: '' };
  const { url } = await serviceOf((response) => {
    response.writeHead(script.status);
    response.end(script.body);
  });
  const writer = open(docswrite, url);
  const author = open(deepwriter, url);
  const outcomes = { read: 0, failed: 0 };
  const check = async (poll: Promise<Snapshot>): Promise<void> => {
    try {
      expectBounded(await poll);
      outcomes.read += 1;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      expect(error.message.length).toBeLessThanOrEqual(1_000);
      expect(error.message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      outcomes.failed += 1;
    }
  };
  await fc.assert(
    fc.asyncProperty(anyStatus, anyBody, async (status, body) => {
      script = { status, body };
      await check(writer.poll(DOCSWRITE_JOB, calm));
      await check(author.poll(DEEPWRITER_JOB, calm));
    }),
    { numRuns: 300 },
  );
  // Both results must occur, or the property proves nothing.
  expect(Math.min(outcomes.read, outcomes.failed)).toBeGreaterThan(20);
});
