/** The contract: every name, type and id that a caller needs, and nothing that runs a job. Changing one is a breaking change. */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';

export type { CancelAnswer, CancelPhase, CancelRequest, CancelState } from './domain/cancel.ts';
export type { JobHealth } from './domain/health.ts';
export { DEFAULT_ACCOUNT, jobRefOf, normaliseJob, workflowIdOf } from './domain/job-id.ts';
export type { DeepWriterJob, DocswriteJob, JobRef, JobState } from './domain/job.ts';
export type { Json } from './domain/json.ts';
export { DEFAULT_LIMITS } from './domain/limits.ts';
export type { EndingLimit, LimitName, Limits } from './domain/limits.ts';
export type { JobOutcome } from './domain/outcome.ts';
export type { Plan, TrackJobInput } from './domain/plan.ts';
export { DEFAULT_POLLING } from './domain/policy.ts';
export type { PollingOptions } from './domain/policy.ts';
export type { PollAnswer, PollMemory, PollRequest } from './domain/polling.ts';
export type { JobProgress, PollPause } from './domain/progress.ts';
export type { ProviderTraits } from './domain/providers.ts';
export type { TimelineEntry } from './domain/track.ts';

/** Names on the wire. */
export const wire = {
  workflow: 'trackJob',
  signals: { cancel: 'cancel', refresh: 'refresh' },
  queries: { progress: 'progress', timeline: 'timeline' },
  updates: { requestCancel: 'requestCancel', setLimits: 'setLimits' },
  activities: { checkJobStatus: 'checkJobStatus', cancelJob: 'cancelJob', planJob: 'planJob' },
  /** The failure type of wrong input. */
  invalidJob: 'InvalidJob',
  /** The failure type of `planJob` where a worker does not know the provider: it is asked again. */
  unknownProvider: 'UnknownProvider',
  /** Where a natively cancelled workflow keeps its outcome: its failure carries no details. */
  outcomeMemo: 'outcome',
  summaryMemo: 'summary',
} as const;

export const DEFAULT_TASK_QUEUE = 'job-tracker';

/** The queue of one account's status activities, beside the queue of the workflows. */
export function statusQueueOf(taskQueue: string, provider: string, account: string): string {
  return `${taskQueue}/${provider}/${account}`;
}

/** The queue of one account's cancel activities: a cancel never waits behind polls. */
export function cancelQueueOf(taskQueue: string, provider: string, account: string): string {
  return `${statusQueueOf(taskQueue, provider, account)}/cancel`;
}

/** A request to cancel, as a caller sends it. Any part may be left out; texts are cut at 200 characters. */
export interface CancelOptions {
  reason?: string;
  by?: string;
  /** Repeats of one request carry the same id. */
  id?: string;
}

/** The longest wait for the service's answer to a cancel. */
export const MAX_CANCEL_WAIT_MS = 60_000;

/** As CancelOptions; `waitForMs`: how long the update waits for the service's answer, 10 s if left out, at most 60 s. */
export interface RequestCancelOptions extends CancelOptions {
  waitForMs?: number;
}

export type SearchAttributeType = 'KEYWORD' | 'KEYWORD_LIST' | 'INT';

/** A key as the SDK has it. Said here, since the SDK does not export its type, and a declaration that digs for it resolves nowhere. */
export interface SearchAttributeKey<Type extends SearchAttributeType = SearchAttributeType> {
  name: string;
  type: Type;
}

/** No interface: `Object.values` of one gives `any`. */
export type SearchAttributes = {
  readonly provider: SearchAttributeKey<'KEYWORD'>;
  readonly account: SearchAttributeKey<'KEYWORD'>;
  readonly externalId: SearchAttributeKey<'KEYWORD'>;
  /** After the end: the status of the outcome. */
  readonly state: SearchAttributeKey<'KEYWORD'>;
  readonly health: SearchAttributeKey<'KEYWORD'>;
  /** `key=value` each. */
  readonly labels: SearchAttributeKey<'KEYWORD_LIST'>;
  /** In tens. */
  readonly progress: SearchAttributeKey<'INT'>;
};

/** What the UI's list, `jobtrack list` and Temporal queries find jobs by; written by the workflow, on change only. */
export const searchAttributes: SearchAttributes = {
  provider: defineSearchAttributeKey('JobProvider', 'KEYWORD'),
  account: defineSearchAttributeKey('JobAccount', 'KEYWORD'),
  externalId: defineSearchAttributeKey('JobExternalId', 'KEYWORD'),
  state: defineSearchAttributeKey('JobState', 'KEYWORD'),
  health: defineSearchAttributeKey('JobHealth', 'KEYWORD'),
  labels: defineSearchAttributeKey('JobLabels', 'KEYWORD_LIST'),
  progress: defineSearchAttributeKey('JobProgress', 'INT'),
};

/** One attribute with its new value; null deletes it. */
export type SearchAttributePair = SearchAttributeUpdatePair;
