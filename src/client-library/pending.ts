import type { Client } from '@temporalio/client';
import { wire } from '../contract/index.ts';
import type { PollMemory } from '../polling/memory.ts';
import { isoTime } from '../contract/json.ts';
import type { PollPause } from '../contract/progress.ts';
import type { PendingPoll } from './pending-poll.ts';
import { plainText } from '../contract/text.ts';
import { type Description, type RawActivity, recordIn } from './execution.ts';
import { timestampMs } from './grpc.ts';

/** @returns heartbeat details, next attempt and pause of the pending status activity; null: none is pending */
export async function pendingPollOf(
  client: Client,
  { workflowId, pendingActivities }: Description,
): Promise<PendingPoll | null> {
  const pending = pendingActivities.find((one) => one.activityType?.name === wire.activities.checkJobStatus);
  if (pending === undefined) return null;
  const waits = pending.nextAttemptScheduleTime;
  const nextAttemptAtMs = waits?.seconds === undefined || waits.seconds === null ? null : timestampMs(waits);
  const memory = await memoryOf(client, workflowId, pending);
  return { memory, nextAttemptAtMs, paused: pauseOf(pending) };
}

const MAX_TEXT = 200;

function pauseOf({ paused, pauseInfo, activityId }: RawActivity): PollPause | null {
  if (paused !== true) return null;
  const textOf = (text: string | null | undefined): string | null => plainText(text ?? '', MAX_TEXT) || null;
  const { manual, rule, pauseTime } = pauseInfo ?? {};
  return {
    since: pauseTime ? isoTime(timestampMs(pauseTime)) : null,
    by: textOf(manual?.identity ?? rule?.identity),
    reason: textOf(manual?.reason ?? rule?.reason),
    activityId: activityId ?? '',
  };
}

async function memoryOf(
  client: Client,
  workflowId: string,
  { activityId, heartbeatDetails }: RawActivity,
): Promise<PollMemory | null> {
  const { namespace } = client.options;
  const owner = {
    type: 'activity',
    namespace,
    activityId: activityId ?? undefined,
    workflowId,
    isLocal: false,
  } as const;
  const details = await recordIn(client, heartbeatDetails?.payloads?.[0], owner);
  return typeof details?.['polls'] === 'number' ? (details as unknown as PollMemory) : null;
}
