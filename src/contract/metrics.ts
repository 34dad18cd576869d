/** One metric of ours. Dashboards and alerts may rely on names, units and labels. The SDK's own metrics begin with `temporal_`. */
export interface MetricRow {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** The exporter adds it to the name, by the conventions of Prometheus. To a counter it adds `_total`. */
  readonly unit: 'seconds' | null;
  readonly labels: readonly string[];
  readonly meaning: string;
}

/** All metrics of ours. */
export const METRICS = {
  jobtrack_polls: {
    kind: 'counter',
    unit: null,
    labels: ['provider', 'account', 'result'],
    meaning: 'Status requests; result: changed, unchanged, or the kind of failure',
  },
  jobtrack_polls_held: {
    kind: 'counter',
    unit: null,
    labels: ['provider', 'account', 'reason'],
    meaning: 'Polls that were due but made no request; reason: budget, rate-limited or unavailable',
  },
  jobtrack_poll_interval: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['provider', 'account'],
    meaning: 'Time from one poll to the next, as decided',
  },
  jobtrack_poll_lateness: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['provider', 'account'],
    meaning: 'How much later than due a poll began; with a budget this is the queue at the rate limit',
  },
  jobtrack_budget_wait: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['provider', 'account'],
    meaning: 'How much longer than its policy asks a job waits for its next poll, because of the budget',
  },
  jobtrack_detection_delay: {
    kind: 'histogram',
    unit: 'seconds',
    labels: ['provider', 'account', 'status'],
    meaning: "Our time of the outcome less the service's own end time, where it tells one; the clocks may differ",
  },
  jobtrack_polls_per_job: {
    kind: 'histogram',
    unit: null,
    labels: ['provider', 'account', 'status'],
    meaning: 'Status requests that a job took until its outcome',
  },
  jobtrack_holds: { kind: 'gauge', unit: null, labels: [], meaning: 'Intervals that this worker waits out itself' },
  jobtrack_worker_saturation: {
    kind: 'gauge',
    unit: null,
    labels: [],
    meaning: 'How full this worker is, 0 to 1; at 1 it cannot begin its polls in time, and another worker is needed',
  },
  jobtrack_breaker_state: {
    kind: 'gauge',
    unit: null,
    labels: ['provider', 'account'],
    meaning: 'This worker to the account: 0 calls, 1 comes back after an outage, 2 sends probes only',
  },
  jobtrack_cancels: {
    kind: 'counter',
    unit: null,
    labels: ['provider', 'account', 'phase'],
    meaning: 'Cancels that came to a phase: requested, accepted, confirmed, refused, unsupported, too-late',
  },
  jobtrack_jobs: {
    kind: 'gauge',
    unit: null,
    labels: ['provider', 'state', 'health'],
    meaning:
      'Jobs that are followed now in the whole namespace and task queue; each worker says the same: take the max',
  },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

/** Records one value in the unit of the metric. It adds to a counter, and sets a gauge. */
export type Measure = (name: MetricName, value: number, labels: Record<string, string>) => void;
