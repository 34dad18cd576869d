import { context, trace } from '@opentelemetry/api';
import { core, NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import diagnostics from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { JobTrackerPlugin } from '../../src/worker-host/plugin.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { eventually } from '../support/eventually.ts';

// A team's own worker with the plugin, in a process that has a provider of its own.

const exporter = new InMemorySpanExporter();
const sdk = new NodeSDK({
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
  instrumentations: [],
  metricReaders: [],
  logRecordProcessors: [],
});
const suppressed: boolean[] = [];
const onRequest = (message: unknown): void => {
  const { request } = message as { request: { path: string } };
  if (request.path.startsWith('/api/')) suppressed.push(core.isTracingSuppressed(context.active()));
};

beforeAll(() => {
  sdk.start();
  diagnostics.subscribe('http.client.request.start', onRequest);
});

afterAll(async () => {
  diagnostics.unsubscribe('http.client.request.start', onRequest);
  await sdk.shutdown();
});

/** Tracks one job with such a worker, from a span of the team. @returns the spans of its trace, and the polls of the job */
async function playedWith(options: Partial<WorkerOptions>): Promise<{ spans: readonly ReadableSpan[]; polls: number }> {
  const rig = await startDevServerRig({ serves: false });
  onTestFinished(() => rig.close());
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const plugin = new JobTrackerPlugin({ config: rig.config });
  const worker = await Worker.create({
    connection,
    taskQueue: rig.taskQueue,
    workflowsPath: fileURLToPath(new URL('../support/fixtures/team-workflows.ts', import.meta.url)),
    plugins: [plugin],
    ...options,
  });
  const over = worker.run();
  const { jobId } = await rig.deepwriter.control.createJob({
    scenario: 'changes',
    params: { changes: 2, unchanged: 2 },
  });
  const span = trace.getTracer('team').startSpan('POST /books');
  const polling = { mode: 'fixed', intervalMs: 1_000 } as const;
  const tracked = await context.with(trace.setSpan(context.active(), span), () =>
    rig.tracker.track({ provider: 'deepwriter', jobId }, { polling }),
  );
  const { polls } = await tracked.result();
  span.end();
  await eventually(() => expect(plugin.status()?.state).toBe('serving'));
  worker.shutdown();
  await over;
  await connection.close();
  const { traceId } = span.spanContext();
  const spans = exporter.getFinishedSpans().filter((one) => one.spanContext().traceId === traceId);
  return { spans, polls };
}

const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan[] =>
  spans.filter((one) => one.name === name);
const parentsOf = (spans: readonly ReadableSpan[]): (string | undefined)[] =>
  spans.map(({ parentSpanContext }) => parentSpanContext?.spanId);
const idsOf = (spans: readonly ReadableSpan[]): string[] => spans.map((span) => span.spanContext().spanId);
const unchangedIn = (spans: readonly ReadableSpan[]): number =>
  spans.reduce((sum, { attributes }) => sum + Number(attributes['jobtrack.polls.unchanged']), 0);

test('the spans of the tracker go to the provider of the process, each once, with the parents that they say', async () => {
  const { spans, polls } = await playedWith({});
  const [team, track, run, poll] = ['POST /books', 'track', 'trackJob', 'poll'].map((name) => named(spans, name));
  expect([team?.length, track?.length, run?.length]).toEqual([1, 1, 1]);
  expect(parentsOf(track ?? [])).toEqual(idsOf(team ?? []));
  expect(parentsOf(run ?? [])).toEqual(idsOf(track ?? []));
  expect(new Set(parentsOf(poll ?? []))).toEqual(new Set(idsOf(run ?? [])));
  expect((poll?.length ?? 0) + unchangedIn(poll ?? [])).toBe(polls);
  expect(parentsOf(named(spans, 'GET'))).toEqual(idsOf(poll ?? []));
  expect(spans).toHaveLength(3 + 2 * (poll?.length ?? 0));
});

test('an instrumentation of HTTP of the process sees each request in a context without traces', () => {
  expect(suppressed.length).toBeGreaterThan(0);
  expect(new Set(suppressed)).toEqual(new Set([true]));
});

test('with interceptors of others, polls are within their spans, and the tracker makes no span of the workflow', async () => {
  const tracer = trace.getTracer('interceptor');
  const { spans } = await playedWith({
    sinks: { exporter: { export: { fn: () => undefined } } }, // that of Temporal's interceptors
    interceptors: {
      activity: [
        ({ info }) => ({
          inbound: {
            execute: (input, next) =>
              tracer.startActiveSpan(`RunActivity:${info.activityType}`, {}, contextIn(input.headers), async (span) => {
                try {
                  return await next(input);
                } finally {
                  span.end();
                }
              }),
          },
        }),
      ],
    },
  });
  expect(named(spans, 'trackJob')).toEqual([]);
  const attempts = named(spans, 'RunActivity:checkJobStatus');
  const polls = named(spans, 'poll');
  expect(polls.length).toBeGreaterThan(1);
  expect(idsOf(attempts)).toEqual(expect.arrayContaining(parentsOf(polls)));
});

/** Reads the header as Temporal's interceptors do. */
function contextIn(headers: Record<string, { data?: Uint8Array | null }>) {
  if (headers['_tracer-data'] === undefined) throw new Error('the activity has no header');
  const carrier = JSON.parse(Buffer.from(headers['_tracer-data'].data ?? []).toString()) as { traceparent: string };
  return new core.W3CTraceContextPropagator().extract(context.active(), carrier, {
    get: (from: typeof carrier, key) => (key === 'traceparent' ? from.traceparent : undefined),
    keys: () => ['traceparent'],
  });
}
