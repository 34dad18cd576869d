import { NativeConnection } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DEEPWRITER_API_KEY, DOCSWRITE_SITE_TOKEN } from '../../src/simulators/simulator.ts';
import { searchAttributes } from '../../src/contract/index.ts';
import { attributeFindings, ensureSearchAttributes } from '../../src/worker-host/search-attributes.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import { missingAttributes } from '../support/missing-attributes.ts';
import type { Rig } from '../support/rig.ts';

const quick = { polling: { mode: 'fixed', intervalMs: 2_000 } } as const;

async function pollTimes(rig: Rig, jobId: string): Promise<number[]> {
  const requests = await rig.deepwriter.control.requests({ jobId, route: 'status' });
  return requests.map(({ atMs }) => atMs);
}

function longestGapMs(times: number[]): number {
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

describe('a worker', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startDevServerRig({ serves: false });
  });
  afterAll(() => rig?.close());

  test('I11: ends its holds at once when it stops, and another worker continues in time', async () => {
    const first = await rig.startWorker();
    const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
    const tracked = await rig.tracker.track({ provider: 'deepwriter', jobId }, quick);
    await expect.poll(async () => (await pollTimes(rig, jobId)).length).toBeGreaterThan(2);
    await expect.poll(() => first.status().holding).toBe(1);
    await rig.startWorker({ connection: await NativeConnection.connect({ address: inject('temporalAddress') }) });
    await first.stop();
    const before = (await pollTimes(rig, jobId)).length;
    await expect.poll(async () => (await pollTimes(rig, jobId)).length).toBeGreaterThan(before + 2);
    expect(longestGapMs(await pollTimes(rig, jobId))).toBeLessThan(20_000); // a hold that was not ended is taken over only after 30 s
    await tracked.cancel();
    expect(await tracked.result()).toMatchObject({ status: 'cancelled' });
  });
});

test('a newer status activity ends the older hold on the same worker: a job is never polled twice at the same time', async () => {
  const rig = await startDevServerRig();
  const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const tracked = await rig.tracker.track({ provider: 'deepwriter', jobId }, quick);
  for (let polls = 1; polls < 4; polls++) {
    await expect.poll(async () => (await pollTimes(rig, jobId)).length).toBeGreaterThan(polls);
    await tracked.refresh();
  }
  await tracked.cancel();
  await tracked.result();
  expect(await rig.deepwriter.control.violations()).toEqual([]);
  await rig.close();
});

test('I2: no credential is in any history, with any answers of the services', async () => {
  const rig = await startDevServerRig();
  for (const preset of ['error-text', 'cdn-page', 'server-error'])
    await rig.docswrite.control.addFault({ preset, times: 1 });
  const { jobId: post } = await rig.docswrite.control.createJob({ scenario: 'success', params: { stepPolls: 1 } });
  const { jobId: book } = await rig.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const jobs = await Promise.all([
    rig.tracker.track({ provider: 'docswrite', jobId: post }, quick),
    rig.tracker.track({ provider: 'deepwriter', jobId: book }, quick),
  ]);
  await jobs[1]?.cancel();
  for (const job of jobs) {
    await job.result();
    const handle = rig.client.workflow.getHandle(job.workflowId);
    const written = JSON.stringify([await handle.fetchHistory(), await handle.describe()]);
    const decoded = written + Buffer.from(written).toString('latin1') + textsOf(await handle.fetchHistory());
    for (const secret of [DOCSWRITE_SITE_TOKEN, DEEPWRITER_API_KEY]) expect(decoded.includes(secret)).toBe(false);
  }
  await rig.close();
});

/** @returns all payloads of a history as text. In JSON they would be lists of bytes. */
function textsOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('utf8')}\n`;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textsOf).join('');
}

const KEYWORD = 2;
const INT = 3;

/** Creates a namespace with some search attributes of another program. */
async function namespaceWith(connection: NativeConnection, attributes: Record<string, number>): Promise<string> {
  const namespace = `attributes-${randomUUID()}`;
  const retention = { seconds: 24 * 3600 };
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: retention as never,
  });
  await expect.poll(() => missingAttributes(connection, namespace).catch(() => [])).toHaveLength(7);
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: attributes });
  const known = (): Promise<string[]> =>
    connection.operatorService
      .listSearchAttributes({ namespace })
      .then(({ customAttributes }) => Object.keys(customAttributes ?? {}));
  await expect.poll(known).toEqual(expect.arrayContaining(Object.keys(attributes)));
  return namespace;
}

test('a worker does not serve if a search attribute of ours has another type: it says so, and what to do', async () => {
  const rig = await startDevServerRig({ serves: false });
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const namespace = await namespaceWith(connection, { JobProgress: KEYWORD });
  await expect(rig.startWorker({ connection, namespace })).rejects.toThrow(
    /uses search attributes of our names for something else: JobProgress is Keyword and should be Int\. Ways out: .*JOBTRACK_SEARCH_ATTRIBUTES/,
  );
  await ensureSearchAttributes(connection, namespace, ['JobState', 'JobHealth']);
  const { missing } = await attributeFindings(connection, namespace, ['JobState', 'JobHealth', 'JobLabels']);
  expect(missing).toEqual(['JobLabels']);
  await connection.close();
  await rig.close();
});

test('a namespace without room for another search attribute is reported with the reason of the server', async () => {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const namespace = await namespaceWith(connection, { OtherA: INT, OtherB: INT, OtherC: INT });
  await expect(ensureSearchAttributes(connection, namespace)).rejects.toThrow(
    /cannot have more than 3 search attribute of type Int/i,
  );
  await connection.close();
});

test('jobs have only the chosen search attributes', async () => {
  const rig = await startDevServerRig({ config: { searchAttributes: ['JobState', 'JobLabels'] } });
  const { jobId } = await rig.docswrite.control.createJob({ scenario: 'success', params: { stepPolls: 1 } });
  const tracked = await rig.tracker.track({ provider: 'docswrite', jobId }, { ...quick, labels: { team: 'docs' } });
  await tracked.result();
  const { typedSearchAttributes } = await rig.client.workflow.getHandle(tracked.workflowId).describe();
  const carried = Object.entries(searchAttributes).filter(
    ([, key]) => typedSearchAttributes.get(key as never) !== undefined,
  );
  expect(carried.map(([name]) => name)).toEqual(['state', 'labels']);
  await rig.close();
});

test('a namespace without our search attributes gets them from the first worker', async () => {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const namespace = `attributes-${randomUUID()}`;
  const retention = { seconds: 24 * 3600 };
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: retention as never,
  });
  await expect.poll(() => missingAttributes(connection, namespace).catch(() => [])).toHaveLength(7);
  await ensureSearchAttributes(connection, namespace);
  await expect.poll(() => missingAttributes(connection, namespace)).toEqual([]);
  await ensureSearchAttributes(connection, namespace);
  await connection.close();
});
