import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../../src/config.ts';
import { goModule, kubectlValidate, must, root } from '../tools.ts';

const folder = join(root, 'deploy/kubernetes');
const CUSTOM_RESOURCES = [
  {
    module: 'github.com/temporalio/temporal-worker-controller',
    version: '1.8.1',
    path: 'helm/temporal-worker-controller-crds/templates',
  },
  { module: 'github.com/kedacore/keda/v2', version: '2.18.0', path: 'config/crd/bases' },
];

let definitions: string;
let files: string[];

beforeAll(async () => {
  const all = await readdir(folder, { recursive: true });
  files = all.filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name));
  definitions = await mkdtemp(join(tmpdir(), 'jobtrack-crds-'));
  for (const { module, version, path } of CUSTOM_RESOURCES) {
    const from = join(await goModule(module, version), path);
    const names = (await readdir(from)).filter((name) => name.endsWith('.yaml'));
    await Promise.all(names.map((name) => copyFile(join(from, name), join(definitions, name))));
  }
});

afterAll(() => rm(definitions, { recursive: true, force: true }));

const isKustomization = (path: string): boolean => basename(path) === 'kustomization.yaml';

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: { template: unknown };
}

async function manifest<Shape = Manifest>(path: string): Promise<Shape> {
  return parse(await readFile(path, 'utf8')) as Shape;
}

test('every manifest is what the Kubernetes API and the controllers take', async () => {
  const manifests = files.filter((path) => !isKustomization(path));
  expect(manifests.length).toBeGreaterThan(10);
  await must(await kubectlValidate(), [...manifests, '--local-crds', definitions]);
});

test('a field that the API does not know is refused', async () => {
  const wrong = join(definitions, 'wrong.yaml');
  const text = await readFile(join(folder, 'disruption-budget.yaml'), 'utf8');
  await writeFile(wrong, text.replace('maxUnavailable', 'maxUnavailble'));
  await expect(must(await kubectlValidate(), [wrong])).rejects.toThrow('maxUnavailble');
  await rm(wrong);
});

test('every kustomization names all manifests beside it, but for examples', async () => {
  for (const path of files.filter(isKustomization)) {
    const { resources } = await manifest<{ resources: string[] }>(path);
    const beside = files
      .filter((file) => dirname(file) === dirname(path) && file !== path)
      .map((file) => basename(file));
    expect(resources.toSorted()).toEqual(beside.filter((name) => !name.includes('.example.')).toSorted());
  }
});

test('both ways to run the worker run the same pod', async () => {
  const plain = await manifest(join(folder, 'worker.yaml'));
  const versioned = await manifest(join(folder, 'worker-controller/worker-deployment.yaml'));
  expect(versioned.spec.template).toEqual(plain.spec.template);
});

test('the settings of the worker are known to it', async () => {
  const { data } = await manifest<{ data: Record<string, string> }>(join(folder, 'settings.yaml'));
  expect(Object.keys(data).filter((key) => !settings.some(({ name }) => name === key))).toEqual([]);
});
