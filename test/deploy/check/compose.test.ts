import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { settings } from '../../../src/config/settings.ts';
import { searchAttributes } from '../../../src/contract/index.ts';
import { DEEPWRITER_API_KEY, DOCSWRITE_SITE_TOKEN } from '../../../src/simulators/simulator.ts';
import { registerCommand } from '../../../src/worker-host/search-attributes.ts';
import { type ComposeModel, readCompose } from '../compose.ts';
import { must, root } from '../tools.ts';

const PASSWORD = 'not-a-password-of-anything';
let model: ComposeModel;
const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

beforeAll(async () => {
  model = await readCompose({ POSTGRES_PASSWORD: PASSWORD });
});

describe('docker-compose.yml', () => {
  test('does not start without a password, and says where to put one', async () => {
    await expect(readCompose({})).rejects.toThrow('.env.example');
  });

  test('holds no secret', async () => {
    const lines = (await text('docker-compose.yml')).split('\n');
    const secrets = lines.filter((line) => /(PASSWORD|PWD|TOKEN|SECRET|API_KEY)\w*:/.test(line));
    expect(secrets.filter((line) => !line.includes('${POSTGRES_PASSWORD:?'))).toEqual([]);
  });

  test('publishes on loopback only', () => {
    const published = Object.values(model.services).flatMap(({ ports = [] }) => ports);
    expect(published.length).toBeGreaterThan(0);
    expect(published.filter(({ host_ip: ip }) => ip !== '127.0.0.1')).toEqual([]);
  });

  test('lets the worker have replicas', () => {
    expect(model.services['worker']).toMatchObject({ build: {} });
    expect(Object.keys(model.services['worker'] ?? {})).not.toContain('container_name');
    expect(model.services['worker']?.ports).toBeUndefined();
  });

  test('checks the health of every service that stays, and waits for the end of every job', () => {
    const jobs = Object.values(model.services)
      .flatMap(({ depends_on: on = {} }) => Object.entries(on))
      .filter(([, { condition }]) => condition === 'service_completed_successfully')
      .map(([name]) => name);
    expect(new Set(jobs)).toEqual(new Set(['temporal-schema', 'temporal-namespace']));
    const stay = Object.entries(model.services).filter(([name, { profiles = [] }]) => {
      return !jobs.includes(name) && !profiles.includes('tools'); // these tools are run by hand, and end by themselves
    });
    // `up --wait` fails if no service depends on the end of a job. It returns too early for a service without a health check.
    expect(stay.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name)).toEqual([]);
  });

  test('names an exact version of each image', () => {
    const images = Object.values(model.services).map(({ image }) => image);
    expect(images.filter((image) => !/:(v?\d+[\w.-]*|local)$/.test(image))).toEqual([]);
  });

  test('mounts only what exists', async () => {
    const paths = Object.values(model.services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter(({ type }) => type === 'bind')
      .map(({ source }) => source);
    await Promise.all(paths.map((path) => must('test', ['-e', path])));
    expect(paths.length).toBeGreaterThan(0);
  });

  test('lets no container have more than it needs', () => {
    const services = Object.entries(model.services);
    const loose = services.filter(
      ([, { cap_drop: dropped, security_opt: options }]) =>
        dropped?.join() !== 'ALL' || options?.join() !== 'no-new-privileges:true',
    );
    expect(loose.map(([name]) => name)).toEqual([]);
    expect(services.filter(([, { cap_add: added }]) => added !== undefined).map(([name]) => name)).toEqual([
      'postgresql',
    ]);
    // These services write configuration or data next to their program when they start.
    const writable = services.filter(([, { read_only: isReadOnly }]) => isReadOnly !== true).map(([name]) => name);
    expect(writable.toSorted()).toEqual(['grafana', 'temporal', 'temporal-ui']);
  });

  test('keeps the data in volumes, and the documents name the right volume', async () => {
    expect(await text('docs/operations.md')).toContain(`docker volume rm ${model.name}_postgresql-data\n`);
    expect(model.services['postgresql']?.volumes).toMatchObject([{ type: 'volume', source: 'postgresql-data' }]);
  });

  test('gives the worker longer to stop than it takes', () => {
    expect(model.services['worker']?.stop_grace_period).toBe('40s');
  });
});

describe('the compose jobs', () => {
  test.each(['schema.sh', 'namespace.sh'])('%s is sound for a POSIX shell', async (name) => {
    await must('sh', ['-n', join(root, 'deploy/compose/jobs', name)]);
  });

  test('register the search attributes of the contract', async () => {
    const script = await text('deploy/compose/jobs/namespace.sh');
    const pairs = (command: string): string[] => [...command.matchAll(/--name \w+ --type \w+/g)].map(([pair]) => pair);
    expect(pairs(script)).toEqual(pairs(registerCommand('default')));
    expect(pairs(script)).toHaveLength(Object.keys(searchAttributes).length);
  });
});

test('the documents name only services and profiles that exist', async () => {
  const shown = await Promise.all(
    ['deploy/README.md', 'docs/operations.md', 'docker-compose.yml', 'README.md'].map(text),
  );
  const commands = [
    ...shown.join('\n').matchAll(/docker compose (?:--profile (\w+) )?(\w+)((?: --?\S+)*)(?: ([a-z][a-z-]*))?/g),
  ];
  const profiles = Object.values(model.services).flatMap(({ profiles: given = [] }) => given);
  expect(commands.length).toBeGreaterThan(10);
  const services = commands.filter(([, , verb = '']) =>
    ['exec', 'run', 'logs', 'start', 'stop', 'build'].includes(verb),
  );
  const unknown = services.map(([, , , , service = '']) => service);
  expect(unknown.filter((service) => model.services[service] === undefined)).toEqual([]);
  expect(commands.filter(([, profile]) => profile !== undefined && !profiles.includes(profile))).toEqual([]);
});

test('the simulated worker has the credentials of the simulators', () => {
  expect(model.services['simulated-worker']?.environment).toMatchObject({
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
  });
});

test('the examples of environment files name only variables that exist', async () => {
  const known = settings.map(({ name }) => name);
  const names = (file: string): string[] => [...file.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
  expect(names(await text('deploy/compose/worker.env.example')).filter((name) => !known.includes(name))).toEqual([]);
  const compose = await text('docker-compose.yml');
  expect(names(await text('.env.example')).filter((name) => !compose.includes(`\${${name}:`))).toEqual([]);
});
