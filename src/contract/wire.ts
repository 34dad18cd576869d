/** Names on the wire. */
export const wire = {
  workflow: 'trackJob',
  signals: { cancel: 'cancel', refresh: 'refresh' },
  queries: { progress: 'progress', timeline: 'timeline' },
  updates: { requestCancel: 'requestCancel', setLimits: 'setLimits' },
  activities: { checkJobStatus: 'checkJobStatus', cancelJob: 'cancelJob', planJob: 'planJob', awaitJob: 'awaitJob' },
  /** The failure type of wrong input. */
  invalidJob: 'InvalidJob',
  /** The failure type of `planJob` if a worker does not know the provider. It is retried. */
  unknownProvider: 'UnknownProvider',
  /** The failure type of `awaitJob` if tracking was ended from outside. */
  trackingTerminated: 'TrackingTerminated',
  /** The memo with the outcome of a workflow that was cancelled natively, because its failure cannot have details. */
  outcomeMemo: 'outcome',
  summaryMemo: 'summary',
} as const;
