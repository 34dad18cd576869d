import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownTraceIdOf, remoteSpanOf, runSpanIdOf, traceHeadersOf } from '../../../src/contract/trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test.each([
  [`00-${traceId}-${spanId}-01`, 1],
  [`00-${traceId}-${spanId}-00`, 0],
  [`cc-${traceId}-${spanId}-03-what-comes-later`, 3], // a later version of the format may have more
])('%s names a span', (traceparent, flags) => {
  expect(remoteSpanOf({ traceparent })).toEqual({ traceId, spanId, flags, state: null });
});

test.each([
  undefined,
  null,
  7,
  'text',
  {},
  { traceparent: 1 },
  { traceparent: '' },
  { traceparent: `ff-${traceId}-${spanId}-01` },
  { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` },
  { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` },
  { traceparent: `00-${traceId.toUpperCase()}-${spanId}-01` },
  { traceparent: `00-${traceId}-${spanId}` },
  { traceparent: `00-${traceId}-${spanId}-01\r\nx-evil: 1` },
])('%j names none', (headers) => {
  expect(remoteSpanOf(headers)).toBeNull();
});

test('what is written is read again, with the state of the vendors', () => {
  const hex = (length: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0+$/.test(text));
  const state = fc.option(fc.constantFrom('vendor=1', 'a=b,c=d'));
  const spans = fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.constantFrom(0, 1), state });
  fc.assert(
    fc.property(spans, (span) => {
      expect(remoteSpanOf(traceHeadersOf(span))).toEqual({ ...span });
    }),
  );
});

test('a state that is too long, or no text, is left out', () => {
  const traceparent = `00-${traceId}-${spanId}-01`;
  for (const tracestate of ['x'.repeat(513), 5, '']) {
    expect(remoteSpanOf({ traceparent, tracestate })?.state).toBeNull();
  }
});

test('the ids of a job without a trace follow from the ids of its runs', () => {
  const runId = '019AD1C2-77B3-7DA6-A3CE-929D0E0E4736';
  expect(ownTraceIdOf(runId)).toBe('019ad1c277b37da6a3ce929d0e0e4736');
  expect(runSpanIdOf(runId)).toBe('a3ce929d0e0e4736');
});
