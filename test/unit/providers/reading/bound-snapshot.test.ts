import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../../src/contract/job.ts';
import { boundSnapshot } from '../../../../src/providers/reading/bound-snapshot.ts';
import { docswrite } from '../../../../src/providers/docswrite/adapter.ts';
import { maskOf } from '../../../../src/providers/http/mask.ts';
import { defineProvider } from '../../../../src/providers/provider.ts';
import { answering, calm, open, SITE_TOKEN } from '../service.ts';

const SMALL: Snapshot = {
  state: 'completed',
  providerState: 'done',
  progress: 100,
  stage: 'print',
  title: 'A title',
  message: null,
  lastError: null,
  details: { pages: 3 },
  createdAt: null,
  startedAt: null,
  finishedAt: null,
  scheduled: false,
  cancellable: false,
  result: { value: { id: 1 }, link: 'https://a.example/1', warnings: ['one'] },
  reason: null,
  torn: false,
  ranForMs: null,
};

/** @returns the snapshot of a job whose adapter returns `snapshot` */
async function told(snapshot: Snapshot): Promise<Snapshot> {
  const printer = defineProvider({
    traits: { ...docswrite.traits, name: 'printer', auths: ['bearer'] },
    defaultBaseUrl: 'https://printer.example',
    authOf: () => 'bearer',
    authHeader: (secret) => ({ authorization: `Bearer ${secret}` }),
    poll: async () => snapshot,
  });
  const service = await answering({});
  return open(printer, service.url).poll({ provider: 'printer', jobId: '1' }, calm);
}

describe('I9: everything that a foreign adapter reads is bounded', () => {
  test('I9: small values stay as they were read', async () => {
    expect(await told(SMALL)).toEqual(SMALL);
  });

  test('I9: texts are cut at 1000 characters', async () => {
    const long = 'x'.repeat(5_000);
    const texts = { providerState: long, stage: long, title: long, message: long, lastError: long, reason: long };
    const cut = `${'x'.repeat(999)}…`;
    expect(await told({ ...SMALL, ...texts })).toEqual({
      ...SMALL,
      providerState: cut,
      stage: cut,
      title: cut,
      message: cut,
      lastError: cut,
      reason: cut,
    });
  });

  test('I9: details and results over 64 KiB are dropped, and reported as dropped', async () => {
    const big = { text: 'x'.repeat(70_000) };
    const link = `https://a.example/${'x'.repeat(1_000)}`;
    const note = '70011 bytes, at most 65536 are kept';
    expect(await told({ ...SMALL, details: big, result: { value: big, link, warnings: ['one'] } })).toEqual({
      ...SMALL,
      details: { dropped: note },
      result: { value: null, link: null, warnings: [`result dropped: ${note}`, 'one'] },
    });
  });

  test('I9: a warning that a mask has made longer is cut at 1000 characters', async () => {
    const secret = 'dw_1234x'; // shorter than the mask that replaces it
    const [warning = ''] = maskedWarnings([`${secret} `.repeat(111)], secret);
    expect(warning).toHaveLength(1_000);
    expect(warning).not.toContain(secret);
  });

  test('I9, I2: fields that a snapshot does not have are left out', async () => {
    const more = { answer: { token: SITE_TOKEN, text: 'x'.repeat(70_000) } };
    expect(await told({ ...SMALL, ...more })).toEqual(SMALL);
  });
});

function maskedWarnings(warnings: string[], secret: string): string[] {
  const result = { value: null, link: null, warnings };
  return boundSnapshot({ ...SMALL, result }, maskOf(secret)).result?.warnings ?? [];
}
