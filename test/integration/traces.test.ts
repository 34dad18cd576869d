import { context, type Span, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type JobRef, workflowIdOf } from '../../src/client.ts';
import { startTracing, type Tracing } from '../../src/process/tracing.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { eventually } from '../support/eventually.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import type { Rig, RigOptions } from '../support/rig.ts';

let receiver: OtlpReceiver;
let tracing: Tracing;
const warnings: string[] = [];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  // The SDK reads them from the environment of the process. This file has a process of its own.
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50' });
  tracing = await startTracing(process.env, (message) => warnings.push(message));
});

afterAll(async () => {
  await tracing.stop();
  await receiver.close();
  expect(warnings).toEqual([]);
});

let rig: Rig;
afterEach(() => rig.close());

async function aRig(options: Partial<RigOptions> = {}): Promise<Rig> {
  return (rig = await startDevServerRig({ ...options, config: { reportEveryMs: 0, ...options.config } }));
}

const quick = { polling: { mode: 'fixed', intervalMs: 1_000 } } as const;

/** Does what a back end does: it has a span of its own around the call. */
async function inBackEnd<Result>(work: () => Promise<Result>): Promise<{ span: Span; result: Result }> {
  const span = trace.getTracer('back end').startSpan('POST /books');
  try {
    return { span, result: await context.with(trace.setSpan(context.active(), span), work) };
  } finally {
    span.end();
  }
}

const spansOf = (span: Span): ReceivedSpan[] => inTrace(span.spanContext().traceId);
const inTrace = (traceId: string): ReceivedSpan[] => receiver.spans().filter((one) => one.traceId === traceId);
const named = (spans: ReceivedSpan[], name: string): ReceivedSpan[] => spans.filter((one) => one.name === name);
const only = (spans: ReceivedSpan[], name: string): ReceivedSpan => {
  expect(named(spans, name)).toHaveLength(1);
  return named(spans, name)[0] as ReceivedSpan;
};
const number = (span: ReceivedSpan, name: string): number => span.attributes[name] as number;

/** @returns the spans of a trace when those of the workflow's last run are there */
async function whole(traceId: string): Promise<ReceivedSpan[]> {
  return eventually(() => {
    const spans = inTrace(traceId);
    expect(named(spans, 'trackJob').map(({ attributes }) => attributes['jobtrack.run'])).toEqual(
      expect.arrayContaining([expect.stringMatching(/completed|failed|canceled/)]),
    );
    return spans;
  });
}

/** Each poll that the outcome counts is a span, or is counted by one. */
function expectAllPollsCounted(spans: ReceivedSpan[], polls: number): void {
  const reported = named(spans, 'poll');
  const unchanged = reported.reduce((sum, span) => sum + number(span, 'jobtrack.polls.unchanged'), 0);
  expect(reported.length + unchanged).toBe(polls);
}

async function newJob(provider: 'docswrite' | 'deepwriter', scenario: string, params = {}): Promise<JobRef> {
  const { jobId } = await rig[provider].control.createJob({ scenario, params });
  return { provider, jobId };
}

const sentTraces = async (provider: 'docswrite' | 'deepwriter', { jobId }: JobRef): Promise<(string | undefined)[]> =>
  (await rig[provider].control.requests({ jobId })).map(({ headers }) => headers['traceparent']);

describe('a job has one trace', () => {
  test('from the span of the back end through track(), the workflow and each reported poll to its request', async () => {
    await aRig();
    const job = await newJob('deepwriter', 'changes', { changes: 2, unchanged: 3 });
    const { span, result: tracked } = await inBackEnd(() => rig.tracker.track(job, quick));
    const outcome = await tracked.result();
    const spans = await whole(span.spanContext().traceId);
    const track = only(spans, 'track');
    const run = only(spans, 'trackJob');
    const polls = named(spans, 'poll');
    expect(track).toMatchObject({
      parentSpanId: span.spanContext().spanId,
      kind: 4,
      status: 0,
      service: 'durable-job-tracker',
      attributes: {
        'jobtrack.provider': 'deepwriter',
        'jobtrack.job_id': job.jobId,
        'jobtrack.account': 'default',
        'jobtrack.attached': false,
        temporalWorkflowId: workflowIdOf(job),
      },
    });
    expect(run).toMatchObject({
      parentSpanId: track.spanId,
      kind: 5,
      status: 0,
      attributes: {
        'jobtrack.run': 'completed',
        'jobtrack.outcome': 'completed',
        'jobtrack.polls': outcome.polls,
        'jobtrack.job_id': job.jobId,
        run_id: track.attributes['run_id'],
      },
    });
    expect(polls.map(({ parentSpanId }) => parentSpanId)).toEqual(polls.map(() => run.spanId));
    expect(polls.at(-1)).toMatchObject({
      status: 0,
      attributes: { 'jobtrack.report': 'polled', 'jobtrack.state': 'completed', 'jobtrack.polls': outcome.polls },
    });
    expect(polls.map((poll) => number(poll, 'jobtrack.polls.unchanged'))).toContain(3);
    expectAllPollsCounted(spans, outcome.polls);
    for (const poll of polls) {
      const [request, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === poll.spanId);
      expect(others).toEqual([]);
      expect(request).toMatchObject({
        name: 'GET',
        kind: 3,
        status: 0,
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'server.address': '127.0.0.1',
          'server.port': rig.deepwriter.port,
        },
      });
      expect(request?.attributes['url.full']).toMatch(new RegExp(`^${rig.deepwriter.url}/[^?]+$`));
    }
    expect(spans).toHaveLength(3 + 2 * polls.length); // that of the back end too
  });

  test('over continue-as-new: each run has a span, and all polls are counted', async () => {
    await aRig({ worker: { continueAfterEvents: 30 } });
    const job = await newJob('deepwriter', 'changes', { changes: 8, unchanged: 2 });
    const { span, result: tracked } = await inBackEnd(() => rig.tracker.track(job, quick));
    const { polls } = await tracked.result();
    const spans = await whole(span.spanContext().traceId);
    const runs = named(spans, 'trackJob');
    expect(runs.length).toBeGreaterThan(1);
    expect(new Set(runs.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([only(spans, 'track').spanId]));
    const parents = named(spans, 'poll').map(({ parentSpanId }) => parentSpanId);
    expect(new Set(parents)).toEqual(new Set(runs.map(({ spanId }) => spanId)));
    expectAllPollsCounted(spans, polls);
  });

  test('over a restart of the worker; a poll that is given back is no span, no error and no success', async () => {
    await aRig({ config: { holdMs: 0 } }); // each unchanged poll is given back
    const job = await newJob('deepwriter', 'changes', { changes: 2, unchanged: 6 });
    const { span, result: tracked } = await inBackEnd(() => rig.tracker.track(job, quick));
    await eventually(() => expect(named(spansOf(span), 'poll').length).toBeGreaterThan(0));
    await rig.stopWorkers();
    await rig.startWorker();
    const { polls } = await tracked.result();
    const spans = await whole(span.spanContext().traceId);
    const reported = named(spans, 'poll');
    expect(new Set(reported.map(({ parentSpanId }) => parentSpanId))).toEqual(
      new Set([only(spans, 'trackJob').spanId]),
    );
    expect(Math.max(...reported.map((poll) => number(poll, 'jobtrack.attempt')))).toBeGreaterThan(1);
    expectAllPollsCounted(spans, polls);
    expect(reported.length).toBeLessThan(polls);
    expect(spans.map(({ status }) => status)).toEqual(spans.map(() => 0));
  });

  test('with each cancel that is sent, also one that the service does not answer', async () => {
    await aRig();
    await rig.deepwriter.control.addFault({ route: 'cancel', preset: 'server-error', times: 1 });
    const job = await newJob('deepwriter', 'long', { steps: 100_000 });
    const { span, result: tracked } = await inBackEnd(() => rig.tracker.track(job, quick));
    await eventually(() => expect(named(spansOf(span), 'poll').length).toBeGreaterThan(0));
    await tracked.cancel({ reason: 'not needed', waitForMs: '30s' });
    await tracked.result();
    const spans = await whole(span.spanContext().traceId);
    const cancels = named(spans, 'cancel');
    expect(cancels.map(({ status, attributes }) => [status, attributes['jobtrack.cancel']])).toEqual([
      [2, 'unanswered'],
      [0, 'accepted'],
    ]);
    const run = only(spans, 'trackJob');
    expect(run).toMatchObject({ status: 0, attributes: { 'jobtrack.outcome': 'cancelled' } });
    for (const cancel of cancels) {
      expect(cancel.parentSpanId).toBe(run.spanId);
      const [request] = spans.filter(({ parentSpanId }) => parentSpanId === cancel.spanId);
      const status = cancel.status === 2 ? 500 : 200;
      expect(request?.attributes).toMatchObject({ 'http.response.status_code': status });
      expect(request).toMatchObject({ kind: 3, status: cancel.status });
    }
  });

  test('also if it was started without one: the id of its first run', async () => {
    await aRig({ worker: { continueAfterEvents: 30 } });
    const job = await newJob('deepwriter', 'changes', { changes: 8, unchanged: 0 });
    const { taskQueue, client } = rig;
    const handle = await client.workflow.start('trackJob', {
      workflowId: workflowIdOf(job),
      taskQueue,
      args: [{ job, ...quick }],
    });
    await handle.result();
    const spans = await whole(handle.firstExecutionRunId.replaceAll('-', ''));
    const runs = named(spans, 'trackJob');
    const [first, ...later] = runs.filter(({ parentSpanId }) => parentSpanId === null);
    expect(later).toEqual([]);
    const ofOthers = runs.filter(({ parentSpanId }) => parentSpanId !== null);
    expect(ofOthers.length).toBeGreaterThan(0);
    expect(ofOthers.map(({ parentSpanId }) => parentSpanId)).toEqual(ofOthers.map(() => first?.spanId));
    const parents = named(spans, 'poll').map(({ parentSpanId }) => parentSpanId);
    expect(new Set(parents)).toEqual(new Set(runs.map(({ spanId }) => spanId)));
  });
});

test('who attaches to a tracked job gets a link to its trace', async () => {
  await aRig();
  const job = await newJob('deepwriter', 'long', { steps: 100_000 });
  const first = await inBackEnd(() => rig.tracker.track(job, quick));
  const second = await inBackEnd(() => rig.tracker.track(job, quick));
  await second.result.cancel();
  await second.result.result();
  await whole(first.span.spanContext().traceId);
  const track = await eventually(() => only(spansOf(first.span), 'track'));
  const attached = await eventually(() => only(spansOf(second.span), 'track'));
  expect(attached.attributes).toMatchObject({ 'jobtrack.attached': true });
  expect(attached.links).toEqual([{ traceId: track.traceId, spanId: track.spanId }]);
  expect(named(spansOf(second.span), 'poll')).toEqual([]);
});

test('only the services of the list get traceparent, and each request gets its own', async () => {
  const traceHosts: string[] = [];
  await aRig({ config: { traceHosts }, serves: false });
  traceHosts.push(new URL(rig.docswrite.url).host);
  await rig.startWorker();
  const [listed, other] = [await newJob('docswrite', 'success'), await newJob('deepwriter', 'success')] as const;
  const { span, result } = await inBackEnd(() =>
    Promise.all([rig.tracker.track(listed, quick), rig.tracker.track(other, quick)]),
  );
  await Promise.all(result.map((tracked) => tracked.result()));
  const { traceId } = span.spanContext();
  await eventually(() => expect(named(inTrace(traceId), 'trackJob')).toHaveLength(2));
  const sent = (await sentTraces('docswrite', listed)).map((header) => header?.split('-') ?? []);
  expect(sent.length).toBeGreaterThan(1);
  expect(sent).toEqual(sent.map(() => ['00', traceId, expect.stringMatching(/^[0-9a-f]{16}$/), '01']));
  const ids = sent.map(([, , spanId]) => spanId);
  expect(new Set(ids).size).toBe(ids.length);
  const requests = inTrace(traceId).filter(({ attributes }) => attributes['server.port'] === rig.docswrite.port);
  expect(requests.length).toBeGreaterThan(0);
  for (const { spanId } of requests) expect(ids).toContain(spanId);
  const toOther = await sentTraces('deepwriter', other);
  expect(toOther).toEqual(toOther.map(() => undefined));
});

test('a failed poll that is reported is an error, in plain words', async () => {
  await aRig();
  await rig.docswrite.control.addFault({ route: 'status', preset: 'server-error', fromCall: 2, times: 4 });
  const job = await newJob('docswrite', 'success', { stepPolls: 1 });
  const { span, result: tracked } = await inBackEnd(() => rig.tracker.track(job, quick));
  const { polls } = await tracked.result();
  const spans = await whole(span.spanContext().traceId);
  const failed = named(spans, 'poll').filter(({ status }) => status === 2);
  expect(failed.map(({ attributes }) => attributes['jobtrack.report'])).toEqual(['degraded']);
  expect(failed[0]?.statusText).toMatch(/^docswrite: poll failed \[http=5\d\d/);
  expectAllPollsCounted(spans, polls);
});

test('no span has a credential or a body of a service', async () => {
  await aRig();
  const job = await newJob('docswrite', 'success', { stepPolls: 1 });
  const { span, result: tracked } = await inBackEnd(() => rig.tracker.track(job, quick));
  const outcome = await tracked.result();
  await whole(span.spanContext().traceId);
  expect(receiver.text()).toContain(job.jobId);
  for (const { secret } of rig.config.accounts) expect(receiver.text()).not.toContain(await secret.reveal());
  if (outcome.status === 'completed') expect(receiver.text()).not.toContain(outcome.link);
});
