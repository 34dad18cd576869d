import type { Client } from '@temporalio/client';
import { wire } from '../../contract/index.ts';
import type { Execution } from '../execution.ts';
import { abortableBy, pagesOf } from '../pages.ts';

/** One closed run, as visibility shows it. */
export interface ClosedRun {
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601, by the server's clock. */
  readonly closedAt: string;
}

const FIRST_PAGE = 100;
const PAGE = 1_000;
/** How late visibility may show a run, ms. A run that it shows later is found by a describe. */
const LAG_MS = 10_000;

/** @returns the query for runs that have closed and do not go on as a new run @param since ISO 8601; null: at any time */
export function closedQuery(since: string | null): string {
  const closed = [
    `WorkflowType = '${wire.workflow}'`,
    `ExecutionStatus != 'Running'`,
    `ExecutionStatus != 'ContinuedAsNew'`,
  ];
  return [...closed, ...(since === null ? [] : [`CloseTime >= '${since}'`])].join(' AND ');
}

/**
 * @param since where the last list began
 * @returns where the next list begins: 10 s before the newest end. Only the server's times count, because our clock may differ
 */
export function nextSince(since: string | null, runs: readonly ClosedRun[]): string | null {
  const starts = runs.map(({ closedAt }) => new Date(Date.parse(closedAt) - LAG_MS).toISOString());
  return starts.reduce((latest, start) => (latest === null || start > latest ? start : latest), since);
}

/**
 * Lists runs that have closed.
 * @param since ISO 8601; null: only the newest ones, to know the server's time
 * @throws the SDK's errors, not translated
 */
export async function listClosed(client: Client, since: string | null, signal: AbortSignal): Promise<ClosedRun[]> {
  const list = { query: closedQuery(since), pageSize: since === null ? FIRST_PAGE : PAGE };
  const runs: ClosedRun[] = [];
  for await (const page of pagesOf(client, list, abortableBy(client, signal))) {
    runs.push(...page.flatMap(closedRunOf));
    if (since === null) break;
  }
  return runs;
}

function closedRunOf({ workflowId, runId, closedAt }: Execution): ClosedRun[] {
  return closedAt === null ? [] : [{ workflowId, runId, closedAt }];
}
