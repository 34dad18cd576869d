import { copyFile, cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settings } from '../../../src/config/settings.ts';
import { ofKind, podOf, render, type Rendered } from '../kustomize.ts';
import { goModule, kubectlValidate, must, root } from '../tools.ts';

const folder = join(root, 'deploy/kubernetes');
/** The variants that an operator can apply. Each is complete by itself. The monitoring is not a variant: it is applied in addition to one. */
const VARIANTS = ['.', 'keda', 'worker-controller'];
const CUSTOM_RESOURCES = [
  {
    module: 'github.com/temporalio/temporal-worker-controller',
    version: '1.8.1',
    path: 'helm/temporal-worker-controller-crds/templates',
  },
  { module: 'github.com/kedacore/keda/v2', version: '2.18.0', path: 'config/crd/bases' },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: '0.85.0',
    path: 'example/prometheus-operator-crd',
  },
];

let definitions: string;
let scratch: string;
let monitoring: Rendered;
const rendered = new Map<string, Rendered>();
const variant = (name: string): Rendered => rendered.get(name) ?? { text: '', objects: [] };

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'jobtrack-kubernetes-'));
  definitions = await mkdtemp(join(tmpdir(), 'jobtrack-crds-'));
  for (const { module, version, path } of CUSTOM_RESOURCES) {
    const from = join(await goModule(module, version), path);
    const names = (await readdir(from)).filter((name) => name.endsWith('.yaml'));
    await Promise.all(names.map((name) => copyFile(join(from, name), join(definitions, name))));
  }
  for (const name of VARIANTS) rendered.set(name, await render(join(folder, name)));
  monitoring = await render(join(folder, 'monitoring'));
});

afterAll(() => Promise.all([definitions, scratch].map((path) => rm(path, { recursive: true, force: true }))));

async function validate(name: string, text: string): Promise<string> {
  const path = join(scratch, `${name}.yaml`);
  await writeFile(path, text);
  return must(await kubectlValidate(), [path, '--local-crds', definitions]);
}

describe.each(VARIANTS)('kubectl apply -k deploy/kubernetes/%s', (name) => {
  test('is accepted by the Kubernetes API and the controllers', async () => {
    await validate(name.replace('.', 'plain'), variant(name).text);
  });

  test('contains everything that the worker needs, except its secrets', () => {
    const { objects } = variant(name);
    const names = (kind: string): string[] =>
      objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
    const { spec } = podOf(variant(name));
    expect(names('Namespace')).toEqual(['jobtrack']);
    expect(names('ServiceAccount')).toEqual([spec.serviceAccountName]);
    expect(names('ConfigMap')).toEqual(spec.containers[0]?.envFrom.map(({ configMapRef }) => configMapRef.name));
    expect(names('NetworkPolicy')).toEqual(['jobtrack-worker']);
    expect(names('PodDisruptionBudget')).toEqual(['jobtrack-worker']);
  });

  test('puts each object into the namespace', () => {
    const outside = variant(name).objects.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'jobtrack',
    );
    expect(outside).toEqual([]);
  });

  test('runs the worker from a tag or digest, and never from the newest image', () => {
    expect(podOf(variant(name)).spec.containers.map(({ image }) => image)).toEqual([
      expect.stringMatching(/^registry\.example\/durable-job-tracker(:\d+\.\d+\.\d+|@sha256:[0-9a-f]{64})$/),
    ]);
  });

  test('starts with the credential of only one service, and uses an API key or certificates if there are any', () => {
    const { containers, volumes } = podOf(variant(name)).spec;
    const secrets = volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret]));
    // If a volume lists the keys of a secret, the pod starts only if the secret has all of them.
    expect(secrets.filter(({ items }) => items !== undefined)).toEqual([]);
    expect(secrets.map(({ secretName, optional = false }) => [secretName, optional])).toEqual([
      ['jobtrack-credentials', false],
      ['jobtrack-temporal', true],
    ]);
    const key = containers[0]?.env.find((variable) => variable.name === 'TEMPORAL_API_KEY');
    expect(key?.valueFrom?.secretKeyRef.optional).toBe(true);
  });

  test('allows connections in only from Prometheus, and out only to named destinations', () => {
    for (const { spec } of ofKind(variant(name), 'NetworkPolicy')) {
      expect(spec?.['policyTypes']).toEqual(['Ingress', 'Egress']);
      const [ingress, egress] = [spec?.['ingress'], spec?.['egress']] as [Rule[], Rule[]];
      expect(ingress.filter(({ from = [], ports = [] }) => from.length === 0 || ports.length === 0)).toEqual([]);
      expect(egress.filter(({ to = [], ports = [] }) => to.length === 0 || ports.length === 0)).toEqual([]);
    }
  });

  test('starts the workers again when a setting changes', async () => {
    const copy = await mkdtemp(join(scratch, 'changed-'));
    await cp(folder, copy, { recursive: true });
    const path = join(copy, 'base/settings.env');
    await writeFile(path, `${await readFile(path, 'utf8')}\nJOBTRACK_LOG_LEVEL=debug\n`);
    const changed = podOf(await render(join(copy, name)));
    expect(changed).not.toEqual(podOf(variant(name)));
  });
});

interface Rule {
  from?: unknown[];
  to?: unknown[];
  ports?: unknown[];
}

const settingsIn = (name: string): Record<string, string> => ofKind(variant(name), 'ConfigMap')[0]?.data ?? {};

test('one file has the address of Temporal, for the worker and for each controller', () => {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = settingsIn('.');
  expect(address).toMatch(/:7233$/);
  const [connection] = ofKind(variant('worker-controller'), 'Connection');
  const [worker] = ofKind(variant('worker-controller'), 'WorkerDeployment');
  const [scaled] = ofKind(variant('keda'), 'ScaledObject');
  expect(connection?.spec?.['hostPort']).toBe(address);
  expect(worker?.spec?.['workerOptions']).toMatchObject({ temporalNamespace: namespace });
  expect(scaled?.spec?.['triggers']).toMatchObject([{ metadata: { endpoint: address, namespace } }]);
});

test('the worker knows each setting in the manifests, also those in comments', async () => {
  const text = await readFile(join(folder, 'base/settings.env'), 'utf8');
  const names = [...text.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(settingsIn('.'))));
  expect(names.filter((key) => !settings.some(({ name }) => name === key))).toEqual([]);
});

test('every way to run the worker runs the same pod', () => {
  for (const name of VARIANTS) expect(podOf(variant(name))).toEqual(podOf(variant('.')));
});

test('the Prometheus operator finds the workers, and its job name is the one in the alerts', async () => {
  await validate('monitoring', monitoring.text);
  const monitor = ofKind(monitoring, 'PodMonitor')[0]?.spec ?? {};
  const { metadata, spec } = podOf(variant('.'));
  const { selector, jobLabel, podMetricsEndpoints } = monitor as {
    selector: { matchLabels: Record<string, string> };
    jobLabel: string;
    podMetricsEndpoints: { port: string }[];
  };
  expect(metadata.labels).toMatchObject(selector.matchLabels);
  expect(spec.containers[0]?.ports.map(({ name }) => name)).toContain(podMetricsEndpoints[0]?.port);
  expect(metadata.labels[jobLabel]).toBe('jobtrack-worker');
  expect(await readFile(join(root, 'deploy/prometheus/alerts.yml'), 'utf8')).toContain('job="jobtrack-worker"');
});

test('the Kubernetes API accepts the example of the secrets, which names the secrets of the pod', async () => {
  const text = await readFile(join(folder, 'secret.example.yaml'), 'utf8');
  await validate('secrets', text);
  const named = [...text.matchAll(/^ {2}name: (.+)$/gm)].map(([, name]) => name);
  const wanted = podOf(variant('.')).spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []);
  expect(named).toEqual(wanted);
});

test('a field that the API does not know is refused', async () => {
  const { text } = variant('.');
  await expect(validate('wrong', text.replace('maxUnavailable: 1', 'maxUnavailble: 1'))).rejects.toThrow(
    'maxUnavailble',
  );
});
