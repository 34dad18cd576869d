import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { knownMetrics, metricsOf, unknownLabelsOf } from '../metrics.ts';
import { must, promtool, root } from '../tools.ts';

interface Alert {
  alert: string;
  expr: string;
  annotations: { summary: string; description: string; runbook_url: string };
}
interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { h: number; w: number; x: number; y: number };
  targets?: { expr: string; refId: string }[];
}
interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
}

const folder = join(root, 'deploy/prometheus');
const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const TESTS = ['alerts.worker.test.yml', 'alerts.jobs.test.yml'];

async function alerts(): Promise<Alert[]> {
  const { groups } = parse(await text('deploy/prometheus/alerts.yml')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

async function dashboard(): Promise<Dashboard> {
  return JSON.parse(await text('deploy/grafana/dashboards/job-tracker.json')) as Dashboard;
}

test('Prometheus accepts its configuration and the alerts', async () => {
  await must(await promtool(), ['check', 'config', 'prometheus.yml'], { cwd: folder });
});

test('Prometheus accepts the configuration for Kubernetes, and its job is the one in the alerts', async () => {
  const config = parse(await text('deploy/prometheus/kubernetes.yml')) as { scrape_configs: Record<string, unknown>[] };
  expect(config.scrape_configs.map(({ job_name: job }) => job)).toEqual(['jobtrack-worker']);
  // Debian's promtool is built without the service discovery for Kubernetes, so it cannot check these fields.
  const scraped = config.scrape_configs.map(({ kubernetes_sd_configs: found, ...rest }) => {
    expect(found).toEqual([{ role: 'pod', namespaces: { names: ['jobtrack'] } }]);
    return { ...rest, static_configs: [{ targets: ['127.0.0.1:9464'] }] };
  });
  const path = join(await mkdtemp(join(tmpdir(), 'jobtrack-scrape-')), 'kubernetes.yml');
  await writeFile(
    path,
    JSON.stringify({ ...config, rule_files: [join(folder, 'alerts.yml')], scrape_configs: scraped }),
  );
  await must(await promtool(), ['check', 'config', path]);
  await rm(dirname(path), { recursive: true });
});

test('each alert fires for its own problem, and stays quiet for a similar one', async () => {
  await must(await promtool(), ['test', 'rules', ...TESTS], { cwd: folder });
  const files = await Promise.all(TESTS.map((name) => text(`deploy/prometheus/${name}`)));
  const names = files.flatMap((file) => (parse(file) as { tests: { name: string }[] }).tests.map(({ name }) => name));
  const wanted = (await alerts()).flatMap(({ alert }) => [`${alert} fires`, `${alert} stays quiet`]);
  expect(names.toSorted()).toEqual(wanted.toSorted());
});

test('alerts name only metrics that exist', async () => {
  const known = await knownMetrics();
  const unknown = (await alerts()).flatMap(({ expr }) => metricsOf(expr)).filter((name) => !known.has(name));
  expect(unknown).toEqual([]);
});

test('alerts and dashboard use only labels that our metrics have', async () => {
  const { panels } = await dashboard();
  const exprs = [...(await alerts()), ...panels.flatMap(({ targets = [] }) => targets)].map(({ expr }) => expr);
  expect(exprs.flatMap(unknownLabelsOf)).toEqual([]);
  expect(unknownLabelsOf('sum by (provider, team) (jobtrack_polls_total{result="x", host!="y"})')).toEqual([
    'jobtrack_polls_total: team',
    'jobtrack_polls_total: host',
  ]);
});

test('each alert has a runbook of its own', async () => {
  for (const { alert, annotations } of await alerts()) {
    expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});

const operations = join(root, 'docs/operations.md');
test.runIf(existsSync(operations))('each runbook is a heading of docs/operations.md', async () => {
  const headings = [...(await readFile(operations, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const missing = (await alerts()).map(({ alert }) => alert.toLowerCase()).filter((name) => !headings.includes(name));
  expect(missing).toEqual([]);
});

test('the dashboard names only metrics that exist, and each of ours', async () => {
  const { panels } = await dashboard();
  const known = await knownMetrics();
  const named = panels.flatMap(({ targets = [] }) => targets).flatMap(({ expr }) => metricsOf(expr));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  const ours = [...known].filter((name) => name.startsWith('jobtrack_'));
  expect(ours.filter((name) => !named.includes(name))).toEqual([]);
});

test('the dashboard uses only variables that it defines', async () => {
  const { templating } = await dashboard();
  const defined = [...templating.list.map(({ name }) => name), '__rate_interval'];
  const json = await text('deploy/grafana/dashboards/job-tracker.json');
  const used = [...json.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '');
  expect(used.filter((name) => !defined.includes(name))).toEqual([]);
});

test('the panels of the dashboard have ids of their own and do not overlap', async () => {
  const { panels } = await dashboard();
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
});

test('every query of the dashboard is sound PromQL', async () => {
  const { panels } = await dashboard();
  const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const rules = exprs.map((expr, index) => ({
    record: `panel:query_${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const path = join(await mkdtemp(join(tmpdir(), 'jobtrack-rules-')), 'rules.yml');
  await writeFile(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  await must(await promtool(), ['check', 'rules', path]);
  await rm(dirname(path), { recursive: true });
});
