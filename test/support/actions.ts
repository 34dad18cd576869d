import type { HistoryEvent } from './history-event.ts';

/** The actions that Temporal Cloud bills, if a history shows them. Queries, heartbeats and refused updates leave no event. */
export interface Actions {
  /** Includes starts by continue-as-new. */
  starts: number;
  /** All local activities of one workflow task count once. */
  localActivities: number;
  activities: number;
  retries: number;
  /** Includes the timers of `condition` with a timeout. */
  timers: number;
  /** An upsert counts once, however many attributes it has. */
  attributes: number;
  signals: number;
  updates: number;
}

/**
 * Counts the actions of one run.
 * @param events a history; it does not have the retries of an activity that never reported its end
 * @see https://docs.temporal.io/cloud/actions
 */
export function actionsOf(events: readonly HistoryEvent[]): Actions {
  const count = (name: keyof HistoryEvent): number => events.filter((event) => Boolean(event[name])).length;
  const attempts = events.map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 1);
  const locally = events.map(
    (event) =>
      event.workflowTaskCompletedEventAttributes?.meteringMetadata?.nonfirstLocalActivityExecutionAttempts ?? 0,
  );
  const markers = events.flatMap((event) => event.markerRecordedEventAttributes?.workflowTaskCompletedEventId ?? []);
  return {
    starts: count('workflowExecutionStartedEventAttributes'),
    localActivities: new Set(markers.map(String)).size + sumOf(locally),
    activities: count('activityTaskScheduledEventAttributes'),
    retries: sumOf(attempts.map((attempt) => attempt - 1)),
    timers: count('timerStartedEventAttributes'),
    attributes: count('upsertWorkflowSearchAttributesEventAttributes'),
    signals: count('workflowExecutionSignaledEventAttributes'),
    updates: count('workflowExecutionUpdateAcceptedEventAttributes'),
  };
}

export function totalOf(actions: Readonly<Record<string, number>>): number {
  return sumOf(Object.values(actions));
}

export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
