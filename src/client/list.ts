import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { JobRef } from '../contract.ts';
import { jobRefOf, searchAttributes, wire } from '../contract.ts';
import type { ProviderTable } from '../domain/providers.ts';
import { translatedServerError } from './errors.ts';

/** What `list` can tell of a job without asking a worker. Attributes are null where the worker writes none. */
export interface JobSummary {
  workflowId: string;
  /** Null: started under an id that is not ours. */
  job: JobRef | null;
  state: string | null;
  health: string | null;
  /** In tens. */
  progress: number | null;
  labels: Record<string, string>;
  /** The workflow's own status, e.g. `RUNNING`, `FAILED`. */
  status: string;
  startedAt: string;
  closedAt: string | null;
}

export interface ListFilter {
  provider?: string;
  account?: string;
  state?: string;
  health?: string;
  labels?: Record<string, string>;
  /** Only workflows still running, or only closed ones; both if left out. */
  open?: boolean;
}

/** @returns a Temporal list query for tracked jobs; runs that were continued are left out, for their job goes on */
function listQueryOf(filter: ListFilter): string {
  const labels = Object.entries(filter.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const equal = [
    [searchAttributes.provider.name, filter.provider],
    [searchAttributes.account.name, filter.account],
    [searchAttributes.state.name, filter.state],
    [searchAttributes.health.name, filter.health],
    ...labels.map((label) => [searchAttributes.labels.name, label]),
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name} = '${escaped(value)}'`]));
  const open = filter.open === undefined ? [] : [`ExecutionStatus ${filter.open ? '=' : '!='} 'Running'`];
  return [`WorkflowType = '${wire.workflow}'`, `ExecutionStatus != 'ContinuedAsNew'`, ...open, ...equal].join(' AND ');
}

/** Makes a value fit to stand in single quotes in a list query. */
export function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`);
}

/** A page is told to fail within ten seconds, as every call is. */
const PAGE_MS = 8_000;

/** @throws UnreachableError */
export async function* listJobs(
  client: Client,
  filter: ListFilter,
  table: ProviderTable,
): AsyncGenerator<JobSummary, void, void> {
  const infos = client.workflow.list({ query: listQueryOf(filter) })[Symbol.asyncIterator]();
  for (;;) {
    const next = await client
      .withDeadline(Date.now() + PAGE_MS, () => infos.next())
      .catch((error: unknown) => {
        throw translatedServerError(error);
      });
    if (next.done === true) return;
    yield summaryOf(next.value, table);
  }
}

function summaryOf(info: WorkflowExecutionInfo, table: ProviderTable): JobSummary {
  const { typedSearchAttributes: attributes } = info;
  const labels = (attributes.get(searchAttributes.labels) ?? []).map((label) => {
    const [key = '', ...value] = label.split('=');
    return [key, value.join('=')];
  });
  return {
    workflowId: info.workflowId,
    job: jobRefOf(info.workflowId, table),
    state: attributes.get(searchAttributes.state) ?? null,
    health: attributes.get(searchAttributes.health) ?? null,
    progress: attributes.get(searchAttributes.progress) ?? null,
    labels: Object.fromEntries(labels),
    status: info.status.name,
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
  };
}
