import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { wire } from '../contract.ts';
import type { PollMemory } from '../contract.ts';
import { isRecord } from '../domain/json.ts';
import type { PendingPoll } from '../domain/progress.ts';
import { momentMs } from './grpc.ts';

type Raw = WorkflowExecutionDescription['raw'];
type RawActivity = NonNullable<Raw['pendingActivities']>[number];

/** Reads what the pending status activity knows: heartbeat details and the time of its next attempt; null: none is pending. */
export async function pendingPollOf(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<PendingPoll | null> {
  const pending = description.raw.pendingActivities?.find(
    (one) => one.activityType?.name === wire.activities.checkJobStatus,
  );
  if (pending === undefined) return null;
  const waits = pending.nextAttemptScheduleTime;
  const nextAttemptAtMs = waits?.seconds === undefined || waits.seconds === null ? null : momentMs(waits);
  return { memory: await memoryOf(client, description.workflowId, pending), nextAttemptAtMs };
}

async function memoryOf(
  { options }: Client,
  workflowId: string,
  { activityId, heartbeatDetails }: RawActivity,
): Promise<PollMemory | null> {
  const { payloadConverter, payloadCodecs } = options.loadedDataConverter;
  // As the worker encoded them: a codec may open a payload only for its owner.
  const context = {
    type: 'activity',
    namespace: options.namespace,
    activityId: activityId ?? undefined,
    workflowId,
    isLocal: false,
  } as const;
  let payloads = [...(heartbeatDetails?.payloads ?? [])];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads, context);
  const [payload] = payloads;
  const details: unknown = payload === undefined ? null : payloadConverter.fromPayload(payload, context);
  return isRecord(details) && typeof details['polls'] === 'number' ? (details as unknown as PollMemory) : null;
}
