import { Client, Connection } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { NotTrackedError } from '../../src/client.ts';
import { searchAttributes, wire } from '../../src/contract/index.ts';
import { uiSummaryOf } from '../../src/contract/render.ts';
import { SERVER_LIMITS } from '../../src/contract/server-limits.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

let rig: Rig;
let client: Client;
beforeAll(async () => {
  // There are no interceptors, because the SDK's retries would repeat a too large message for half a minute.
  const connection = await Connection.connect({ address: inject('temporalAddress'), interceptors: [] });
  client = new Client({ connection });
  rig = await startDevServerRig({ serves: false });
  await (await rig.startWorker()).stop(); // a worker registers the attributes, and stops so that it does not run these workflows
});
afterAll(async () => {
  await client?.connection.close();
  await rig?.close();
});

type Start = { workflowId?: string; staticSummary?: string; labels?: string[]; input?: string; memo?: string };

/** @returns the error of the server for a start; null: the server accepts it */
async function refusal({
  workflowId = randomUUID(),
  staticSummary,
  labels,
  input,
  memo,
}: Start): Promise<string | null> {
  const attributes =
    labels === undefined ? {} : { typedSearchAttributes: [{ key: searchAttributes.labels, value: labels }] };
  const summary = staticSummary === undefined ? {} : { staticSummary };
  const memos = memo === undefined ? {} : { memo: { [wire.summaryMemo]: memo } };
  const start = { taskQueue: rig.taskQueue, args: [input ?? {}], workflowId, ...summary, ...attributes, ...memos };
  try {
    const handle = await client.workflow.start(wire.workflow, start);
    await handle.terminate();
    return null;
  } catch (error) {
    return String((error as { cause?: Error }).cause?.message ?? error);
  }
}

/** @returns a text whose JSON has this many bytes: characters of three bytes, and letters at the end */
function jsonOf(bytes: number, around: number): string {
  const inner = bytes - around;
  return '\u20ac'.repeat(Math.floor(inner / 3)) + 'x'.repeat(inner % 3);
}

/** The bytes that protobuf adds to the JSON of a payload of 2 MB. */
const AROUND_INPUT = 32;
/** The bytes that protobuf adds to a memo, with its key. */
const AROUND_MEMO = 38 + wire.summaryMemo.length;

describe('our limits are those of the server, in its unit: it accepts a start at the limit, and refuses one more byte', () => {
  const cases: [limit: keyof typeof SERVER_LIMITS, at: (bytes: number) => Start, says: RegExp][] = [
    ['idBytes', (bytes) => ({ workflowId: randomUUID().padEnd(bytes, '-') }), /WorkflowId length exceeds limit/],
    ['attributeBytes', (bytes) => ({ labels: [jsonOf(bytes, '[""]'.length)] }), /exceeds size limit/i],
    ['blobBytes', (bytes) => ({ input: jsonOf(bytes, AROUND_INPUT + 2) }), /Blob data size exceeds limit/],
    ['memoBytes', (bytes) => ({ memo: jsonOf(bytes, AROUND_MEMO + 2) }), /Memo size exceeds limit/],
  ];
  test.each(cases)('%s', async (limit, at, says) => {
    expect(await refusal(at(SERVER_LIMITS[limit]))).toBeNull();
    expect(await refusal(at(SERVER_LIMITS[limit] + 1))).toMatch(says);
  });

  test('messageBytes', async () => {
    expect(await refusal({ input: jsonOf(SERVER_LIMITS.messageBytes, 0) })).toMatch(/larger than max/);
  });

  // The server has this setting since 1.28, but 1.29 does not check it when a workflow starts.
  test('the longest summary that we write is within the limit and accepted, with any id', async () => {
    const job = { provider: 'docswrite', jobId: '\\'.repeat(200) };
    expect(Buffer.byteLength(JSON.stringify(uiSummaryOf(job, 'next poll of ')))).toBeLessThan(
      SERVER_LIMITS.summaryBytes,
    );
    expect(await refusal({ staticSummary: uiSummaryOf(job, 'next poll of ') })).toBeNull();
  });
});

test('a job with a longer id than the server accepts is reported as not tracked', async () => {
  const nobody = rig.tracker.get('x'.repeat(SERVER_LIMITS.idBytes + 1));
  const asks = [() => nobody.progress(), () => nobody.result(), () => nobody.cancel(), () => nobody.refresh()];
  for (const ask of asks) await expect(ask()).rejects.toThrow(NotTrackedError);
});

test('the largest input that we accept is tracked, and one more label is refused before anything is started', async () => {
  const serving = await startDevServerRig();
  const labels = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`key-${n}`, '\u20ac'.repeat(29)]));
  const params = { steps: 100_000 };
  const { jobId } = await serving.docswrite.control.createJob({
    scenario: 'long',
    params,
    jobId: `%"\\${'x'.repeat(197)}`,
  });
  const tracked = await serving.tracker.track({ provider: 'docswrite', jobId }, { labels });
  await expect.poll(async () => (await tracked.progress()).state).toBe('running');
  const more = { ...labels, 'key-0': '\u20ac'.repeat(140) };
  await expect(serving.tracker.track({ provider: 'docswrite', jobId: 'b' }, { labels: more })).rejects.toThrow(
    /^labels take \d+ bytes together, at most 2048 are possible$/,
  );
  await serving.client.workflow.getHandle(tracked.workflowId).terminate();
  await serving.close();
});
