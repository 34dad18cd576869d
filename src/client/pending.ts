import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { wire } from '../contract.ts';
import type { PollMemory } from '../contract.ts';
import { isoTime, isRecord } from '../domain/json.ts';
import type { PendingPoll, PollPause } from '../domain/progress.ts';
import { plainText } from '../domain/text.ts';
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
  const memory = await memoryOf(client, description.workflowId, pending);
  return { memory, nextAttemptAtMs, paused: pauseOf(pending) };
}

const MAX_TEXT = 200;

function pauseOf({ paused, pauseInfo, activityId }: RawActivity): PollPause | null {
  if (paused !== true) return null;
  const textOf = (text: string | null | undefined): string | null => plainText(text ?? '', MAX_TEXT) || null;
  const { manual, rule, pauseTime } = pauseInfo ?? {};
  return {
    since: pauseTime ? isoTime(momentMs(pauseTime)) : null,
    by: textOf(manual?.identity ?? rule?.identity),
    reason: textOf(manual?.reason ?? rule?.reason),
    activityId: activityId ?? '',
  };
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
