import type { Client } from '@temporalio/client';
import { wire } from '../contract/index.ts';
import type { PollMemory } from '../polling/memory.ts';
import { isoOf, isoTime } from '../contract/json.ts';
import type { JobProgress, PollPause } from '../contract/progress.ts';
import { plainText } from '../contract/text.ts';
import { type Description, type RawActivity, recordIn } from './execution.ts';
import { timestampMs } from './grpc.ts';

/** What the pending status activity has not reported to the workflow yet. Clients add it to the progress. */
interface PendingPoll {
  /** From heartbeat details; null: there are none. */
  memory: PollMemory | null;
  /** When the server starts the next attempt, ms since the epoch; null: an attempt runs now. */
  nextAttemptAtMs: number | null;
  paused: PollPause | null;
}

/** @returns the progress, with counts and times of the pending poll where they are newer */
export function withPending(progress: JobProgress, pending: PendingPoll | null): JobProgress {
  if (pending === null || progress.outcome !== null) return progress;
  const { memory, nextAttemptAtMs, paused } = pending;
  const newer = memory !== null && memory.polls >= progress.polls ? memory : null;
  const nextPollAtMs = nextAttemptAtMs ?? newer?.nextPollAtMs ?? null;
  return {
    ...progress,
    paused,
    polls: newer?.polls ?? progress.polls,
    lastPollAt: newer === null ? progress.lastPollAt : isoOf(newer.lastPollAtMs),
    expectedEndAt: newer === null ? progress.expectedEndAt : isoOf(newer.expectedEndAtMs),
    nextPollAt: nextPollAtMs === null ? progress.nextPollAt : isoTime(nextPollAtMs),
  };
}

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
