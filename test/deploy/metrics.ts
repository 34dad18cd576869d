import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MetricRow, METRICS } from '../../src/contract/metrics.ts';
import { root } from './tools.ts';

interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  /** false: the metric appears only when something goes wrong. */
  seen?: boolean;
}
type MetricsFile = Record<'sdk' | 'server' | 'prometheus', Record<string, Metric>>;

/** Reads deploy/metrics.json: the metrics of other programs that dashboard and alerts may name. */
export async function readMetrics(): Promise<MetricsFile> {
  return JSON.parse(await readFile(join(root, 'deploy/metrics.json'), 'utf8')) as MetricsFile;
}

/** Our metrics by the names that Prometheus sees: the exporter adds the unit, and `_total` to counters. */
export const TRACKER_METRICS: ReadonlyMap<string, MetricRow> = new Map(
  Object.entries(METRICS).map(([name, row]: [string, MetricRow]) => {
    const unit = row.unit === null ? '' : `_${row.unit}`;
    return [`${name}${unit}${row.kind === 'counter' ? '_total' : ''}`, row];
  }),
);

export async function knownMetrics(): Promise<Set<string>> {
  const others = Object.values(await readMetrics()).flatMap((metrics) => Object.keys(metrics));
  return new Set([...TRACKER_METRICS.keys(), ...others]);
}

/** Labels that Prometheus or a histogram adds to our metrics. */
const ADDED = ['instance', 'job', 'le'];

/** @returns the labels by which an expression selects or groups one of our metrics, if the metric does not have them */
export function unknownLabelsOf(expr: string): string[] {
  const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/,\s*/));
  return [...expr.matchAll(/\b(jobtrack_[a-z_]+?)(?:_bucket)?(?:\{([^}]*)\})?(?=[[)\s]|$)/g)].flatMap(
    ([, name = '', selector = '']) => {
      const selected = [...selector.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label);
      const known = [...(TRACKER_METRICS.get(name)?.labels ?? []), ...ADDED];
      return [...groups, ...selected].filter((label) => !known.includes(label)).map((label) => `${name}: ${label}`);
    },
  );
}

/** @returns the metrics that a PromQL expression selects: each name that a selector or a range follows */
export function metricsOf(expr: string): string[] {
  return [...expr.matchAll(/\b([a-z_:]+)\s*[{[]/g)].map(([, name]) => (name ?? '').replace(/_(bucket|sum|count)$/, ''));
}

/** @returns the metrics on a scraped page, with their types */
export function metricsOfPage(page: string): Map<string, string> {
  return new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
}
