import type { WorkflowHandle } from '@temporalio/client';

/** One event of a fetched history. */
export type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];
