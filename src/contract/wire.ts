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
