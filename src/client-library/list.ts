import type { Client } from '@temporalio/client';
import type { JobRef } from '../contract/index.ts';
import { searchAttributes, wire } from '../contract/index.ts';
import { jobRefOf } from '../contract/job-id.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { labelPairsOf } from '../contract/labels.ts';
import type { Problem } from '../contract/problem.ts';
import { sentenceOf } from '../contract/problem.ts';
import { plainText } from '../contract/text.ts';
import { InvalidFilterError, translatedServerError } from './errors.ts';
import type { Execution } from './execution.ts';
import { executionOf } from './execution.ts';
import { detailsOf, GRPC, grpcCodeOf } from './grpc.ts';

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

/**
 * A store of Temporal may fail at these, or find nothing where there is something, however they are escaped: SQLite, which the development
 * server has, does.
 */
const UNSEARCHABLE = /["\\♡]|''/;

/** @throws InvalidFilterError for a value that a store of Temporal cannot search for */
function checkFilter({ provider, account, state, health, labels = {} }: ListFilter): void {
  const values = [
    ...Object.entries({ provider, account, state, health }),
    ...Object.entries(labels).flatMap(([key, value]) => [
      [`labels.${key}`, key] as const,
      [`labels.${key}`, value] as const,
    ]),
  ];
  const fields = new Set(values.flatMap(([field, value]) => (UNSEARCHABLE.test(value ?? '') ? [field] : [])));
  const problem = "cannot be searched for: Temporal's stores do not find a text with \", \\, ♡ or ''";
  const problems = [...fields].map((field): Problem => ({ field: plainText(field, MAX_TEXT), problem }));
  if (problems.length > 0) throw new InvalidFilterError(sentenceOf(problems), problems);
}

/** @returns a Temporal list query for tracked jobs; runs that were continued are left out, for their job goes on */
function listQueryOf(filter: ListFilter): string {
  checkFilter(filter);
  const labels = labelPairsOf(filter.labels ?? {});
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
const MAX_TEXT = 500;

/** @throws InvalidFilterError, UnreachableError */
export async function* listJobs(
  client: Client,
  filter: ListFilter,
  table: ProviderTable,
): AsyncGenerator<JobSummary, void, void> {
  const { namespace } = client.options;
  const query = listQueryOf(filter);
  let nextPageToken: Uint8Array = Buffer.alloc(0);
  do {
    const ask = { namespace, query, nextPageToken };
    const page = await asked(client, () => client.workflowService.listWorkflowExecutions(ask));
    for (const info of page.executions) {
      const summary = summaryOf(executionOf(info), table);
      if (hasLabels(summary, filter.labels)) yield summary;
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

/** @throws InvalidFilterError, UnreachableError */
export async function countJobs(client: Client, filter: ListFilter): Promise<number> {
  const query = listQueryOf(filter);
  return asked(client, async () => (await client.workflow.count(query)).count);
}

async function asked<T>(client: Client, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + PAGE_MS, call);
  } catch (error) {
    if (grpcCodeOf(error) !== GRPC.INVALID_ARGUMENT) throw translatedServerError(error);
    const said = plainText(detailsOf(error), MAX_TEXT);
    throw new InvalidFilterError(`Temporal refuses this search: ${said}`, [], { cause: error });
  }
}

/** Some of Temporal's stores take capital letters for small ones. */
function hasLabels(summary: JobSummary, labels: Record<string, string> = {}): boolean {
  return Object.entries(labels).every(([key, value]) => summary.labels[key] === value);
}

function summaryOf(
  { workflowId, status, startedAt, closedAt, attribute }: Execution,
  table: ProviderTable,
): JobSummary {
  const labels = listIn(attribute(searchAttributes.labels.name)).map((label) => {
    const [key = '', ...value] = label.split('=');
    return [key, value.join('=')];
  });
  const [state = null] = listIn(attribute(searchAttributes.state.name));
  const [health = null] = listIn(attribute(searchAttributes.health.name));
  const progress = attribute(searchAttributes.progress.name);
  return {
    workflowId,
    job: jobRefOf(workflowId, table),
    state,
    health,
    progress: typeof progress === 'number' ? progress : null,
    labels: Object.fromEntries(labels),
    status,
    startedAt,
    closedAt,
  };
}

/** A list of one text may come as that text. */
function listIn(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
}
