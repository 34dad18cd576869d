import type { Client } from '@temporalio/client';
import { type JobProgress, wire } from '../../contract/index.ts';
import { executionOf } from '../execution.ts';
import { attributesOf, escaped, isSearchable } from '../list.ts';

const MAX_IDS = 200;
const DEADLINE_MS = 8_000;

/** The attributes of a job that is not open, or that visibility does not show yet. */
const ABSENT = 'absent';

/** @returns what visibility shows of this progress, as text */
export function seenOf({ state, health, progress }: JobProgress): string {
  return textOf({ state, health: health.status, progress: progress === null ? null : Math.floor(progress / 10) * 10 });
}

/** @returns the query for the open ones of some workflows */
export function openQuery(workflowIds: readonly string[]): string {
  const ids = workflowIds.map((id) => `'${escaped(id)}'`).join(', ');
  return `WorkflowType = '${wire.workflow}' AND ExecutionStatus = 'Running' AND WorkflowId IN (${ids})`;
}

/** @returns the ids in parts that a query can hold; an id that the stores cannot search for is left out */
export function partsOf(workflowIds: Iterable<string>): string[][] {
  const ids = [...new Set(workflowIds)].filter(isSearchable);
  return Array.from({ length: Math.ceil(ids.length / MAX_IDS) }, (_, part) =>
    ids.slice(part * MAX_IDS, (part + 1) * MAX_IDS),
  );
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
  const { namespace } = client.options;
  const query = openQuery(workflowIds);
  const shown = new Map(workflowIds.map((id) => [id, ABSENT]));
  let nextPageToken: Uint8Array = Buffer.alloc(0);
  do {
    const ask = { namespace, query, nextPageToken, pageSize: MAX_IDS };
    const page = await client.withAbortSignal(signal, () =>
      client.withDeadline(Date.now() + DEADLINE_MS, () => client.workflowService.listWorkflowExecutions(ask)),
    );
    for (const info of page.executions) {
      const execution = executionOf(info);
      shown.set(execution.workflowId, textOf(attributesOf(execution)));
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
  return shown;
}

function textOf({ state, health, progress }: ReturnType<typeof attributesOf>): string {
  return JSON.stringify([state, health, progress]);
}
