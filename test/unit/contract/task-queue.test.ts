import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fairnessKeyOf, isRoute } from '../../../src/contract/task-queue.ts';
import { RUNS } from '../../support/core-builders.ts';

describe('a fairness key', () => {
  test('is the provider and the account', () => {
    expect(fairnessKeyOf('docswrite', 'client-7')).toBe('docswrite/client-7');
  });

  test('has at most 64 bytes, which is the limit of the server, for all names that a job may have', () => {
    const part = fc.stringMatching(/^[\x20-\x7e]{1,200}$/);
    const property = fc.property(part, part, (provider, account) => {
      expect(Buffer.byteLength(fairnessKeyOf(provider, account))).toBeLessThanOrEqual(64);
    });
    fc.assert(property, { numRuns: RUNS });
  });

  test('differs for long names that begin alike', () => {
    const [one, two] = ['one', 'two'].map((end) => fairnessKeyOf('p'.repeat(40), 'a'.repeat(37) + end));
    expect(one).not.toBe(two);
  });
});

test.each([
  [{ pool: 'shared', requestsPerMinute: null }, true],
  [{ pool: 'emea-2', requestsPerMinute: 60 }, true],
  [{ pool: 'not a name', requestsPerMinute: null }, false],
  [{ pool: 'shared', requestsPerMinute: '60' }, false],
  [{ pool: 'shared' }, false],
  [null, false],
])('%j is a route: %s', (value, is) => {
  expect(isRoute(value)).toBe(is);
});
