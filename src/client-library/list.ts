import type { Client } from '@temporalio/client';
import { type JobRef, searchAttributes, wire } from '../contract/index.ts';
import { jobRefOf } from '../contract/job-id.ts';
import type { ProviderTable } from '../contract/providers.ts';
import { labelPairsOf } from '../contract/labels.ts';
import { type Problem, sentenceOf } from '../contract/problem.ts';
import { plainText } from '../contract/text.ts';
import { InvalidFilterError, translatedServerError } from './errors.ts';
import type { Execution } from './execution.ts';
import { detailsOf, GRPC, grpcCodeOf } from './grpc.ts';
import { PAGE_MS, pagesOf } from './pages.ts';

/** One row of `list`. It comes from Temporal's index, without a worker. An attribute is null if the worker does not write it. */
export interface JobSummary {
  workflowId: string;
  /** Null: the workflow id does not follow our format. */
  job: JobRef | null;
  /** A `JobState`, such as `running`. */
  state: string | null;
  /** A health status, such as `degraded`. */
  health: string | null;
  /** Percent, rounded down to tens. */
  progress: number | null;
  labels: Record<string, string>;
  /** The status of the workflow, such as `RUNNING` or `FAILED`. */
  status: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; null: the workflow is open. */
  closedAt: string | null;
}

/**
 * Selects jobs. A job must match every field that is given. Without any field, all jobs match.
 * @example { provider: 'printshop', health: 'degraded', labels: { team: 'docs' }, open: true }
 */
export interface ListFilter {
  provider?: string;
  account?: string;
  state?: string;
  health?: string;
  labels?: Record<string, string>;
  /** True: only open workflows. False: only closed ones. Default: both. */
  open?: boolean;
}

/** Some stores of Temporal cannot search for these, escaped or not. SQLite, the store of the development server, fails or finds nothing. */
const UNSEARCHABLE = /["\\♡]|''/;

const FIELDS = ['provider', 'account', 'state', 'health'] as const;

/**
 * @returns a Temporal list query for tracked jobs; it leaves out runs that continued as new, because a later run has the job
 * @throws InvalidFilterError for a value that a store of Temporal cannot search for
 */
function listQueryOf(filter: ListFilter): string {
  const { labels = {}, open } = filter;
  const given = [
    ...FIELDS.map((field) => [field, searchAttributes[field], filter[field]] as const),
    ...Object.entries(labels).flatMap(([key, value]) =>
      labelPairsOf({ [key]: value }).map((label) => [`labels.${key}`, searchAttributes.labels, label] as const),
    ),
  ];
  const problem = "cannot be searched for: Temporal's stores do not find a text with \", \\, ♡ or ''";
  const problems = given.flatMap(([field, , value = '']): Problem[] =>
    !isSearchable(value) ? [{ field: plainText(field, MAX_TEXT), problem }] : [],
  );
  if (problems.length > 0) throw new InvalidFilterError(sentenceOf(problems), problems);
  const equal = given.flatMap(([, { name }, value]) => (value === undefined ? [] : [`${name} = '${escaped(value)}'`]));
  const status = open === undefined ? [] : [`ExecutionStatus ${open ? '=' : '!='} 'Running'`];
  return [`WorkflowType = '${wire.workflow}'`, `ExecutionStatus != 'ContinuedAsNew'`, ...status, ...equal].join(
    ' AND ',
  );
}

/** @returns whether the stores can search for this text */
export function isSearchable(text: string): boolean {
  return !UNSEARCHABLE.test(text);
}

/** Escapes a value for single quotes in a list query. */
export function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`);
}

const MAX_TEXT = 500;

/** @throws InvalidFilterError, UnreachableError */
export async function* listJobs(
  client: Client,
  filter: ListFilter,
  table: ProviderTable,
): AsyncGenerator<JobSummary, void, void> {
  const query = listQueryOf(filter);
  for await (const page of pagesOf(client, { query }, (request) => asked(client, request))) {
    for (const execution of page) {
      const summary = summaryOf(execution, table);
      if (hasLabels(summary, filter.labels)) yield summary;
    }
  }
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
    throw new InvalidFilterError(`Temporal refuses this search: ${detailsOf(error)}`, [], { cause: error });
  }
}

/** Checks the labels again. Some stores of Temporal ignore upper and lower case. */
function hasLabels(summary: JobSummary, labels: Record<string, string> = {}): boolean {
  return Object.entries(labels).every(([key, value]) => summary.labels[key] === value);
}

function summaryOf(execution: Execution, table: ProviderTable): JobSummary {
  const { workflowId, status, startedAt, closedAt, attribute } = execution;
  const labels = listIn(attribute(searchAttributes.labels.name)).map((label) => {
    const [key = '', ...value] = label.split('=');
    return [key, value.join('=')];
  });
  return {
    workflowId,
    job: jobRefOf(workflowId, table),
    ...attributesOf(execution),
    labels: Object.fromEntries(labels),
    status,
    startedAt,
    closedAt,
  };
}

/** @returns the attributes that change while a job runs; null: not written */
export function attributesOf({
  attribute,
}: Pick<Execution, 'attribute'>): Pick<JobSummary, 'state' | 'health' | 'progress'> {
  const [state = null] = listIn(attribute(searchAttributes.state.name));
  const [health = null] = listIn(attribute(searchAttributes.health.name));
  const progress = attribute(searchAttributes.progress.name);
  return { state, health, progress: typeof progress === 'number' ? progress : null };
}

/** The server may return a list of one string as a plain string. */
function listIn(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
}
