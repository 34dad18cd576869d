import type { Runtime } from '@temporalio/worker';
import { type Measure, type MetricName, type MetricRow, METRICS } from '../contract/metrics.ts';

type Labels = Parameters<Measure>[2];

/** Records into the runtime's meter. Each instrument is created at its first use. */
export function createMeasure(meter: Runtime['metricMeter']): Measure {
  const made = new Map<MetricName, (value: number, labels: Labels) => void>();
  const make = (name: MetricName): ((value: number, labels: Labels) => void) => {
    const { kind, unit, meaning }: MetricRow = METRICS[name];
    const suffix = unit ?? '';
    if (kind === 'counter') {
      const counter = meter.createCounter(name, suffix, meaning);
      return (value, labels) => counter.add(value, labels);
    }
    if (kind === 'gauge') {
      const gauge = meter.createGauge(name, 'float', suffix, meaning);
      return (value, labels) => gauge.set(value, labels);
    }
    const histogram = meter.createHistogram(name, 'float', suffix, meaning);
    return (value, labels) => histogram.record(Math.max(0, value), labels);
  };
  return (name, value, labels) => {
    const record = made.get(name) ?? make(name);
    made.set(name, record);
    record(value, labels);
  };
}
