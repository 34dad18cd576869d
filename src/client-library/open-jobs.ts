import type { Client } from '@temporalio/client';
import { wire } from '../contract/index.ts';
import type { Execution } from './execution.ts';
import { escaped, isSearchable } from './list.ts';
import { abortableBy, pagesOf } from './pages.ts';

/** The most ids in one query. */
export const MAX_IDS = 200;

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
 * Lists the open ones of some jobs, as visibility shows them. `firstRunId` is not known by visibility.
 * @param workflowIds a part of `partsOf`
 * @throws the SDK's errors, not translated
 */
export async function listOpen(
  client: Client,
  workflowIds: readonly string[],
  signal: AbortSignal,
): Promise<Omit<Execution, 'firstRunId'>[]> {
  const list = { query: openQuery(workflowIds), pageSize: MAX_IDS };
  const open: Execution[] = [];
  for await (const page of pagesOf(client, list, abortableBy(client, signal))) open.push(...page);
  return open;
}
