import type { HistoryEvent } from './history-event.ts';

/** What Temporal Cloud bills, one action each, as far as a history tells it: queries, heartbeats and refused updates leave no event. */
export interface Actions {
  /** Also by continue-as-new. */
  starts: number;
  /** All of one workflow task together. */
  localActivities: number;
  activities: number;
  retries: number;
  /** Timers of `condition` with a timeout among them. */
  timers: number;
  /** Upserts, of however many attributes. */
  attributes: number;
  signals: number;
  updates: number;
}

/**
 * Counts the actions of one run.
 * @param events of an activity that never reported its end the retries are not in it
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
