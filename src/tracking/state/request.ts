import type { JobRef } from '../../contract/job.ts';
import { isRecord } from '../../contract/json.ts';
import { type Plan, routeOf } from '../../contract/plan.ts';
import type { Route } from '../../contract/task-queue.ts';
import { plainText } from '../../contract/text.ts';
import type { EventOf, Rules } from '../event.ts';

/** What the caller asked to track. `job` and `labels` are as the caller wrote them until there is a plan. Times in ms. */
export type Request = Unplanned | Planned;

interface Common {
  readonly job: JobRef;
  readonly labels: Record<string, string>;
  readonly trackedSinceMs: number;
}

interface Unplanned extends Common {
  readonly plan: null;
  /** When to ask for the plan (again). */
  readonly dueAtMs: number;
  /** The workers that were asked do not know the provider; null: no worker has answered so. */
  readonly deferred: { readonly count: number; readonly sinceMs: number; readonly error: string } | null;
}

interface Planned extends Common {
  readonly plan: Plan;
}

/** Reads the value that a caller sent. It can be wrong in any way: the plan checks it. */
export function beginRequest(input: unknown, nowMs: number): Request {
  const given = isRecord(input) ? input : {};
  const shown = { job: jobAsGiven(given['job']), labels: textsOf(given['labels']) };
  return { ...shown, trackedSinceMs: nowMs, plan: null, dueAtMs: nowMs, deferred: null };
}

/** A rollout takes minutes. If no worker knows the provider for this time, the caller mistyped it. */
const UNPLANNED_MS = 10 * 60_000;

const REPLAN_MS = { least: 5_000, most: 60_000 };

export const requestRules: Rules<Request> = {
  planned: ({ trackedSinceMs }, { plan }) => ({ job: plan.job, labels: plan.labels, trackedSinceMs, plan }),
  planDeferred,
  polled: renewed,
  missing: renewed,
  degraded: renewed,
  moved: rerouted,
  cancelAnswered: (request, { answer }) => rerouted(request, answer),
};

/** An account that moves to another pool takes its open jobs along. */
function rerouted(request: Request, { route }: { readonly route?: Route }): Request {
  if (request.plan === null || route === undefined) return request;
  const { pool, requestsPerMinute } = routeOf(request.plan);
  const isSame = route.pool === pool && route.requestsPerMinute === requestsPerMinute;
  return isSame ? request : { ...request, plan: { ...request.plan, route } };
}

/** What a worker wants now counts from the next activity on. */
function renewed(before: Request, answer: { readonly route?: Route; readonly heartbeatMs?: number }): Request {
  const request = rerouted(before, answer);
  const { heartbeatMs } = answer;
  if (request.plan === null || heartbeatMs === undefined || request.plan.heartbeatMs === heartbeatMs) return request;
  return { ...request, plan: { ...request.plan, heartbeatMs } };
}

function planDeferred(request: Request, event: EventOf<'planDeferred'>): Request {
  const { message, endsByCancel, atMs } = event;
  if (request.plan !== null || endsByCancel || isTooLate(request, atMs)) return request;
  const { count = 0, sinceMs = atMs } = request.deferred ?? {};
  const error = `${message}; asked again, in case a worker that knows it is being deployed`;
  const waitMs = Math.min(REPLAN_MS.least * 2 ** count, REPLAN_MS.most);
  return { ...request, deferred: { count: count + 1, sinceMs, error }, dueAtMs: atMs + waitMs };
}

/** @returns true if a plan that is deferred now is refused */
export function isTooLate({ trackedSinceMs }: Request, nowMs: number): boolean {
  return nowMs - trackedSinceMs >= UNPLANNED_MS;
}

/** Asks for the plan now, without waiting. */
export function planNow(request: Request, nowMs: number): Request {
  return request.plan === null ? { ...request, dueAtMs: nowMs } : request;
}

const MAX_SHOWN = 20;

const MAX_SHOWN_TEXT = 200;

/** @returns the job, made safe to show: provider and job id are '' if they are no text */
function jobAsGiven(job: unknown): JobRef {
  const { provider = '', jobId = '', ...rest } = textsOf(job);
  return { provider, jobId, ...rest };
}

/** People see the labels before a worker has checked them. So only the first ones are kept, as plain text. */
function textsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string';
  const shown = Object.entries(value).filter(isText).slice(0, MAX_SHOWN);
  return Object.fromEntries(
    shown.map(([key, text]) => [plainText(key, MAX_SHOWN_TEXT), plainText(text, MAX_SHOWN_TEXT)]),
  );
}
