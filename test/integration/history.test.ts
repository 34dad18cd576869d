import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, inject, test } from 'vitest';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

/** @returns how many events of each type a job has */
async function historyEvents(
  rig: Rig,
  provider: 'docswrite' | 'deepwriter',
  unchanged: number,
): Promise<Record<string, number>> {
  const params = { changes: 3, unchanged };
  const { jobId } = await rig[provider].control.createJob({ scenario: 'changes', params });
  const job = await rig.tracker.track({ provider, jobId }, { polling: { mode: 'fixed', intervalMs: 1_000 } });
  const outcome = await job.result();
  expect(outcome).toMatchObject({ status: 'completed', polls: 3 + unchanged + 1 });
  const { events } = await rig.client.workflow.getHandle(job.workflowId).fetchHistory();
  const types = (events ?? []).flatMap((event) => Object.keys(event).filter((key) => key.endsWith('EventAttributes')));
  expect(types).toHaveLength(events?.length ?? 0);
  return Object.fromEntries([...new Set(types)].map((type) => [type, types.filter((one) => one === type).length]));
}

describe.concurrent('I1: history grows with changes, not with polls', () => {
  test.each([
    ['held by the worker', 10_000],
    ['given back to the server', 0],
  ])('3 changes and 30 unchanged polls cost as many events as 3 and 3: %s', async (_, holdMs) => {
    const rig = await startDevServerRig({ config: { holdMs, reportEveryMs: 0 } });
    try {
      const services = ['docswrite', 'deepwriter'] as const;
      const pairs = services.map((provider) => Promise.all([3, 30].map((n) => historyEvents(rig, provider, n))));
      for (const [few, many] of await Promise.all(pairs)) expect(many).toEqual(few);
    } finally {
      await rig.close();
    }
  });
});

const MARK = 'test-codec';
const flipped = ({ metadata, data }: Payload): Payload => ({
  metadata: { ...metadata },
  data: data?.map((byte) => byte ^ 0x55),
});
const ownerOf = (context: SerializationContext | undefined): string => `${context?.type} of ${context?.workflowId}`;

/** Decodes a payload only for its owner, like a codec that encrypts by workflow. */
const codec: PayloadCodec = {
  encode: async (payloads, context) =>
    payloads.map((payload) => {
      const { metadata, data } = flipped(payload);
      return { metadata: { ...metadata, [MARK]: Buffer.from(ownerOf(context)) }, data };
    }),
  decode: async (payloads, context) =>
    payloads.map((payload) => {
      const owner = payload.metadata?.[MARK];
      if (owner === undefined || owner === null) return payload;
      if (Buffer.from(owner).toString() !== ownerOf(context)) throw new Error(`not for ${ownerOf(context)}`);
      return flipped(payload);
    }),
};

test('the state of a poll whose interval the server waits out goes through the payload codec, and comes back', async () => {
  const dataConverter = { payloadCodecs: [codec] };
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const client = new Client({ connection, dataConverter });
  const rig = await startDevServerRig({ client, config: { holdMs: 0 }, worker: { workerOptions: { dataConverter } } });
  try {
    const { jobId } = await rig.deepwriter.control.createJob({
      scenario: 'changes',
      params: { changes: 1, unchanged: 8 },
    });
    const job = await rig.tracker.track(
      { provider: 'deepwriter', jobId },
      { polling: { mode: 'fixed', intervalMs: 1_000 } },
    );
    const details = async (): Promise<Payload | undefined> => {
      const { raw } = await client.workflow.getHandle(job.workflowId).describe();
      return raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0] ?? undefined;
    };
    await expect.poll(details).toMatchObject({ metadata: { [MARK]: expect.anything() as unknown } });
    expect((await job.progress()).polls).toBeGreaterThan(1);
    expect(await job.result()).toMatchObject({ status: 'completed', polls: 1 + 8 + 1 });
  } finally {
    await rig.close();
    await connection.close();
  }
});
