import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './tools.ts';

interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  /** False: appears only when something goes wrong. */
  seen?: boolean;
}
export type MetricsFile = Record<'tracker' | 'sdk' | 'server' | 'prometheus', Record<string, Metric>>;

/** deploy/metrics.json: the one list of what dashboard and alerts may name. */
export async function readMetrics(): Promise<MetricsFile> {
  return JSON.parse(await readFile(join(root, 'deploy/metrics.json'), 'utf8')) as MetricsFile;
}

export async function knownMetrics(): Promise<Set<string>> {
  return new Set(Object.values(await readMetrics()).flatMap((metrics) => Object.keys(metrics)));
}

/** The metrics that a PromQL expression selects: names with a selector or range behind them. */
export function metricsOf(expr: string): string[] {
  return [...expr.matchAll(/\b([a-z_:]+)\s*[{[]/g)].map(([, name]) => (name ?? '').replace(/_(bucket|sum|count)$/, ''));
}

/** The metrics that a scraped page tells, with their types. */
export function metricsOfPage(page: string): Map<string, string> {
  return new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
}
