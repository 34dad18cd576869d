import { SpanKind, trace } from '@opentelemetry/api';
import * as tracing from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, test } from 'vitest';
import { idGenerator } from '../../../src/spans/span-ids.ts';
import { flagsOfNewTrace, hasProvider, type Position, recordSpan } from '../../../src/spans/tracer.ts';

const { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor, TraceIdRatioBasedSampler, AlwaysOffSampler } =
  tracing;
type Options = NonNullable<ConstructorParameters<typeof TracerProvider>[0]>;

afterEach(() => trace.disable());

function provide(options: Options = {}): InstanceType<typeof InMemorySpanExporter> {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new TracerProvider({ ...options, spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  return exporter;
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const parentSpanId = 'a3ce929d0e0e4736';
const finished = {
  name: 'poll',
  kind: SpanKind.INTERNAL,
  startMs: 1_000,
  endMs: 2_500,
  attributes: { a: 1 },
  error: null,
};
const within: Position = { traceId, parentSpanId, flags: 1, state: 'vendor=1' };
const root: Position = { traceId, parentSpanId: null, flags: 1, state: null };

test('without a provider nothing is made, and nothing fails', () => {
  expect(hasProvider()).toBe(false);
  recordSpan(spanId, within, finished);
  recordSpan(spanId, root, finished);
});

describe.each([
  ['our own', { idGenerator }],
  ['another one, which draws its own ids', {}],
])('with a provider that is %s', (_, options: Options) => {
  test('a span within another one has the id that was known before', () => {
    const exporter = provide(options);
    expect(hasProvider()).toBe(true);
    recordSpan(spanId, within, { ...finished, error: 'no answer' });
    const [span] = exporter.getFinishedSpans();
    expect(span?.spanContext()).toMatchObject({ traceId, spanId, traceFlags: 1 });
    expect(span?.spanContext().traceState?.serialize()).toBe('vendor=1');
    expect(span).toMatchObject({
      name: 'poll',
      parentSpanContext: { traceId, spanId: parentSpanId, isRemote: true },
      startTime: [1, 0],
      endTime: [2, 500_000_000],
      attributes: { a: 1 },
      status: { code: 2, message: 'no answer' },
    });
  });

  test('a trace begins with the ids that were known before', () => {
    const exporter = provide(options);
    recordSpan(spanId, root, finished);
    const [span] = exporter.getFinishedSpans();
    expect(span?.spanContext()).toMatchObject({ traceId, spanId });
    expect(span?.parentSpanContext).toBeUndefined();
  });

  test('a trace that its starter does not record is not recorded', () => {
    const exporter = provide(options);
    recordSpan(spanId, { ...within, flags: 0 }, finished);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

test('a provider that fails does not fail the caller', () => {
  const fails = (): never => {
    throw new Error('broken');
  };
  const processor = {
    onStart: fails,
    onEnd: fails,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
  recordSpan(spanId, within, finished);
});

test('other spans of a provider of ours get random ids', () => {
  const exporter = provide({ idGenerator });
  recordSpan(spanId, root, finished);
  for (let count = 0; count < 20; count += 1) trace.getTracer('test').startSpan('other').end();
  const ids = exporter.getFinishedSpans().map((span) => span.spanContext());
  expect(new Set(ids.map((one) => one.spanId)).size).toBe(21);
  expect(new Set(ids.map((one) => one.traceId)).size).toBe(21);
});

test('the sampler decides by the id of a trace without a starter, so it decides the same for each span', () => {
  provide({ idGenerator, sampler: new TraceIdRatioBasedSampler(0.5) });
  const ids = Array.from(
    { length: 64 },
    (_, index) => `${(index * 0x4000000).toString(16).padStart(8, '0')}${'0'.repeat(23)}1`,
  );
  const flags = ids.map(flagsOfNewTrace);
  expect(new Set(flags)).toEqual(new Set([0, 1]));
  expect(ids.map(flagsOfNewTrace)).toEqual(flags);
});

test('another provider cannot be asked for a trace id, so a trace without a starter is recorded', () => {
  provide({ sampler: new AlwaysOffSampler() });
  expect(flagsOfNewTrace(traceId)).toBe(1);
});
