import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MetricRow, METRICS } from '../../src/contract/metrics.ts';
import { root } from './tools.ts';

interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  /** False: appears only when something goes wrong. */
  seen?: boolean;
}
type MetricsFile = Record<'sdk' | 'server' | 'prometheus', Record<string, Metric>>;

/** deploy/metrics.json: what of others dashboard and alerts may name. */
export async function readMetrics(): Promise<MetricsFile> {
  return JSON.parse(await readFile(join(root, 'deploy/metrics.json'), 'utf8')) as MetricsFile;
}

/** Ours as Prometheus sees them: the exporter adds units, and to counters their ending. */
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

/** What Prometheus itself, or the histogram, adds to ours. */
const ADDED = ['instance', 'job', 'le'];

/** @returns labels by which an expression selects or groups one of our metrics, and which that one does not have */
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

/** The metrics that a PromQL expression selects: names with a selector or range behind them. */
export function metricsOf(expr: string): string[] {
  return [...expr.matchAll(/\b([a-z_:]+)\s*[{[]/g)].map(([, name]) => (name ?? '').replace(/_(bucket|sum|count)$/, ''));
}

/** The metrics that a scraped page tells, with their types. */
export function metricsOfPage(page: string): Map<string, string> {
  return new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
}
