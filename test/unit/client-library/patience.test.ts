import { expect, test } from 'vitest';
import { UnreachableError } from '../../../src/client.ts';
import { refused } from '../../../src/client-library/errors.ts';
import { createOutage } from '../../../src/client-library/patience.ts';

const away = new UnreachableError('temporal', 'Temporal cannot be reached', { hint: 'start it' });
/** An error of the server in the form of the SDK. */
const denied = Object.assign(new Error('denied'), { code: 16, details: 'denied', metadata: {} });

test('an outage is reported at each failure and at its end, and ends the wait after its patience', () => {
  const told: unknown[] = [];
  const outage = createOutage({ patienceMs: 10_000, onTrouble: (error) => told.push(error) });
  outage.failed(away);
  outage.failed(away);
  outage.answered();
  outage.answered();
  expect(told).toEqual([away, away, null]);
  const impatient = createOutage({ patienceMs: -1 });
  expect(() => impatient.failed(away)).toThrow(away);
});

test('a permanent error ends a wait at once: a refused credential, and any other error', () => {
  const outage = createOutage({ patienceMs: Infinity });
  const refusal = refused('denied', { cause: denied });
  expect(() => outage.failed(refusal)).toThrow(refusal);
  expect(() => outage.failed(new TypeError('ours'))).toThrow('ours');
});
