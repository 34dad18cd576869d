import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type Child, startChild } from '../../src/embedded/child.ts';
import { DEEPWRITER_API_KEY, type Simulator, startSimulator } from '../../src/simulators/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { cleanEnv, jobtrack } from './jobtrack.ts';

const root = join(import.meta.dirname, '../..');
const SECRET = 'collector-s3cr3t-t0ken';

let service: Simulator;
beforeAll(async () => {
  service = await startSimulator({ service: 'deepwriter', seed: Math.floor(Math.random() * 1e6) });
});
afterAll(() => service.close());

function envOf(settings: Record<string, string>): NodeJS.ProcessEnv {
  return cleanEnv({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    JOBTRACK_TASK_QUEUE: `traces-${randomUUID()}`,
    JOBTRACK_LOG_FORMAT: 'json',
    JOBTRACK_DEFAULT_POLLING: JSON.stringify({ mode: 'fixed', intervalMs: 1_000 }),
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
    DEEPWRITER_BASE_URL: service.url,
    ...settings,
  });
}

interface Worker {
  child: Child;
  lines: string[];
  /** Drains it. @returns the exit code, and how long it took, ms */
  drain: () => Promise<{ code: number | null; tookMs: number }>;
}

async function startWorker(env: NodeJS.ProcessEnv): Promise<Worker> {
  const lines: string[] = [];
  const child = await startChild(process.execPath, [join(root, 'dist/worker.js')], {
    env,
    onLine: (line) => lines.push(line),
  });
  onTestFinished(() => child.kill());
  await eventually(() => expect(lines.join('\n')).toContain('worker serves'));
  const drain: Worker['drain'] = async () => {
    const sinceMs = performance.now();
    process.kill(child.pid, 'SIGTERM');
    const { code } = await child.exited;
    return { code, tookMs: performance.now() - sinceMs };
  };
  return { child, lines, drain };
}

async function trackOne(env: NodeJS.ProcessEnv): Promise<string> {
  const { jobId } = await service.control.createJob({ scenario: 'success', params: { stepPolls: 1 } });
  const ended = await jobtrack(env, 'track', 'deepwriter', jobId, '--wait');
  expect(ended.code, ended.stderr).toBe(0);
  return jobId;
}

const warningsOf = ({ lines }: Worker): string[] => lines.filter((line) => line.includes('traces: '));

describe.each(['http/protobuf', 'http/json'])('with a collector that is sent %s', (protocol) => {
  let receiver: OtlpReceiver;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
  });
  afterAll(() => receiver.close());

  test('the command line and the worker make one trace, whose last spans are sent when they end', async () => {
    const env = envOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}`,
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=books-tracker',
      OTEL_BSP_SCHEDULE_DELAY: '600000', // nothing is sent before the end
      JOBTRACK_TRACE_HOSTS: '127.0.0.1',
    });
    const worker = await startWorker(env);
    const jobId = await trackOne(env);
    expect(receiver.spans().map(({ name }) => name)).toEqual(['track']);
    expect(await worker.drain()).toMatchObject({ code: 0 });
    const spans = receiver.spans();
    const [track] = spans;
    const run = spans.find(({ name }) => name === 'trackJob');
    const within = (parent: ReceivedSpan | undefined) => spans.filter((one) => one.parentSpanId === parent?.spanId);
    expect(track).toMatchObject({ parentSpanId: null, attributes: { 'jobtrack.job_id': jobId } });
    expect(run?.parentSpanId).toBe(track?.spanId);
    expect(within(run).length).toBeGreaterThan(1);
    expect(new Set(within(run).map(({ name }) => name))).toEqual(new Set(['poll']));
    for (const poll of within(run)) expect(within(poll)).toMatchObject([{ kind: 3 }]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.map((one) => one.service))).toEqual(new Set(['books-tracker']));
    expect(new Set(receiver.headers().map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${SECRET}`]),
    );
    const requests = await service.control.requests({ jobId });
    expect(requests.every(({ headers }) => headers['traceparent']?.includes(track?.traceId ?? '') === true)).toBe(true);
    expect(worker.lines.join('\n')).not.toContain(SECRET);
    for (const secret of [SECRET, DEEPWRITER_API_KEY]) expect(receiver.text()).not.toContain(secret);
  });
});

test('traces that are switched off are not sent, and need no collector', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const env = envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: 'true' });
  const worker = await startWorker(env);
  const jobId = await trackOne(env);
  expect(await worker.drain()).toMatchObject({ code: 0 });
  expect(receiver.headers()).toEqual([]);
  const requests = await service.control.requests({ jobId });
  expect(requests.map(({ headers }) => headers['traceparent'])).toEqual(requests.map(() => undefined));
});

/** Takes connections, and never answers. */
async function silentServer(): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}

test.each(['refuses connections', 'never answers'])(
  'a collector that %s delays no job; the log says it once, without a secret, and the worker ends in time',
  async (what) => {
    const { server, url } = await silentServer();
    if (what === 'refuses connections') await new Promise((resolve) => server.close(resolve));
    const env = envOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: url.replace('//', `//collector-user:${SECRET}@`),
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    const worker = await startWorker(env);
    const sinceMs = performance.now();
    await trackOne({ ...env, OTEL_SDK_DISABLED: 'true' });
    await trackOne({ ...env, OTEL_SDK_DISABLED: 'true' });
    expect(performance.now() - sinceMs).toBeLessThan(120_000);
    await eventually(() => expect(warningsOf(worker)).toHaveLength(1));
    expect(await worker.drain()).toMatchObject({ code: 0 });
    expect(warningsOf(worker)).toHaveLength(1);
    expect(worker.lines.join('\n')).not.toContain(SECRET);
  },
);

test('the last spans wait at most 5 s for a collector that never answers', async () => {
  const { url } = await silentServer();
  const env = envOf({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '600000' });
  const without = await startWorker({ ...env, OTEL_SDK_DISABLED: 'true' });
  const worker = await startWorker(env);
  await trackOne({ ...env, OTEL_SDK_DISABLED: 'true' });
  const [plain, traced] = [await without.drain(), await worker.drain()];
  expect([plain.code, traced.code]).toEqual([0, 0]);
  expect(traced.tookMs - plain.tookMs).toBeLessThan(10_000);
});
