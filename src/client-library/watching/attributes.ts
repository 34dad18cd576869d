import type { Client } from '@temporalio/client';
import type { JobProgress } from '../../contract/index.ts';
import { attributesOf } from '../list.ts';
import { listOpen } from '../open-jobs.ts';

/** The attributes of a job that is not open, or that visibility does not show yet. */
const ABSENT = 'absent';

/** @returns what visibility shows of this progress, as text */
export function seenOf({ state, health, progress }: JobProgress): string {
  return textOf({ state, health: health.status, progress: progress === null ? null : Math.floor(progress / 10) * 10 });
}

/**
 * Lists the attributes of some jobs.
 * @returns by workflow id, as `seenOf` gives them
 * @throws the SDK's errors, not translated
 */
export async function listAttributes(
  client: Client,
  workflowIds: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const shown = new Map(workflowIds.map((id) => [id, ABSENT]));
  for (const execution of await listOpen(client, workflowIds, signal)) {
    shown.set(execution.workflowId, textOf(attributesOf(execution)));
  }
  return shown;
}

function textOf({ state, health, progress }: ReturnType<typeof attributesOf>): string {
  return JSON.stringify([state, health, progress]);
}
