import { Client, Connection } from '@temporalio/client';
import { randomInt } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Child, startChild } from '../../../src/embedded/child.ts';
import { ensureFree } from '../../../src/embedded/free-port.ts';
import { untilServing } from '../../../src/embedded/dev-server.ts';
import { devServerExecutable } from '../../support/servers.ts';
import { type ComposeModel, type ComposeService, readCompose } from '../compose.ts';
import { must, root, temporalServer, temporalSources } from '../tools.ts';
import { type Postgres, startPostgres } from './postgres.ts';

/** The services of docker-compose.yml, as processes of this machine. */
export interface Cluster {
  folder: string;
  postgres: Postgres;
  address: string;
  metricsUrl: string;
  client: Client;
  /** Runs the script of a job of the compose file, with the job's environment. @returns its output */
  job: (name: 'temporal-schema' | 'temporal-namespace') => Promise<string>;
  startServer: () => Promise<void>;
  stopServer: () => Promise<void>;
  startWorker: (env: Record<string, string>) => Promise<Child>;
  close: () => Promise<void>;
}

/** The password of the database, as in the file .env. */
export const PASSWORD = 'made-up-for-a-test';

interface Stage {
  folder: string;
  model: ComposeModel;
  postgres: Postgres;
  ports: Record<string, number>;
  address: string;
}

export async function prepareCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-topology-'));
  await must('chmod', ['755', folder]);
  const model = await readCompose({ POSTGRES_PASSWORD: PASSWORD });
  const names = ['FRONTEND_GRPC', 'FRONTEND_HTTP', 'HISTORY_GRPC', 'MATCHING_GRPC', 'WORKER_GRPC', 'METRICS', 'DB'];
  const membership = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].map((name) => `${name}_MEMBERSHIP`);
  const ports = await freePorts([...names, ...membership]);
  const postgres = await startPostgres(join(folder, 'postgres'), { port: ports['DB'] ?? 0, password: PASSWORD });
  const stage = { folder, model, postgres, ports, address: `127.0.0.1:${ports['FRONTEND_GRPC']}` };
  await Promise.all([putTools(folder), putServer(folder), putWorker(folder)]);
  return clusterOf(stage, Connection.lazy({ address: stage.address }));
}

/**
 * The ports are below those that systems give to outgoing connections. Otherwise such a connection could take a port before the
 * server binds it, seconds later.
 */
async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  for (;;) {
    const first = randomInt(20_000, 30_000);
    const ports = names.map((name, index) => [name, first + index] as const);
    const taken = await Promise.allSettled(ports.map(([, port]) => ensureFree(port)));
    if (taken.every(({ status }) => status === 'fulfilled')) return Object.fromEntries(ports);
  }
}

function clusterOf(stage: Stage, connection: Connection): Cluster {
  const { folder, postgres, ports, address } = stage;
  const children: Child[] = [];
  let server: Child | null = null;
  const start = async (...how: Parameters<typeof startChild>): Promise<Child> => {
    const child = await startChild(...how);
    children.push(child);
    return child;
  };
  return {
    folder,
    postgres,
    address,
    metricsUrl: `http://127.0.0.1:${ports['METRICS']}/metrics`,
    client: new Client({ connection }),
    job: (name) => runJob(name, stage),
    async startServer() {
      const args = ['--root', '.', '--env', 'docker', '--allow-no-auth', 'start'];
      const executable = join(await temporalServer(), 'server');
      server = await start(executable, args, { cwd: folder, env: serverEnvironment(stage) });
      await untilServing({ address, child: server, timeoutMs: 120_000, namespace: 'temporal-system' });
    },
    stopServer: async () => void (await server?.stop(30_000)),
    startWorker: (env) =>
      start(process.execPath, ['dist/worker.js'], { cwd: folder, env: workerEnvironment(stage, env) }),
    async close() {
      await connection.close().catch(() => undefined);
      await Promise.all(children.map((child) => child.stop(35_000)));
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const path = (folder: string): string => `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;

async function runJob(name: 'temporal-schema' | 'temporal-namespace', stage: Stage): Promise<string> {
  const service = stage.model.services[name];
  const script = join(root, 'deploy/compose/jobs', name === 'temporal-schema' ? 'schema.sh' : 'namespace.sh');
  const here = {
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(stage.postgres.port),
    SCHEMA_DIR: join(await temporalSources(), 'schema/postgresql/v12'),
    TEMPORAL_ADDRESS: stage.address,
    PATH: path(stage.folder),
    HOME: stage.folder, // so that no cloud profile of a user is read
  };
  return must('/bin/sh', [script], { env: { ...plain(service), ...here } });
}

/** @returns the server's environment in the compose file, with the addresses of this machine */
function serverEnvironment({ model, ports, postgres }: Stage): NodeJS.ProcessEnv {
  const portVariables = Object.entries(ports).map(([name, port]) => [`${name}_PORT`, String(port)]);
  return {
    ...plain(model.services['temporal']),
    ...Object.fromEntries(portVariables),
    POSTGRES_SEEDS: '127.0.0.1',
    DB_PORT: String(postgres.port),
    VISIBILITY_DB_PORT: String(postgres.port), // the server does not use DB_PORT for its second database
    BIND_ON_IP: '127.0.0.1',
    PROMETHEUS_ENDPOINT: `127.0.0.1:${ports['METRICS']}`,
  };
}

function workerEnvironment({ model, address, folder }: Stage, env: Record<string, string>): NodeJS.ProcessEnv {
  const given = plain(model.services['worker']);
  return { ...given, PATH: path(folder), HOME: folder, ...env, TEMPORAL_ADDRESS: address };
}

/** @returns the environment that the compose file gives to a service */
function plain(service: ComposeService | undefined): Record<string, string> {
  const given = Object.entries(service?.environment ?? {});
  return Object.fromEntries(given.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])));
}

/** Links the commands that the image of the jobs has. */
async function putTools(folder: string): Promise<void> {
  await mkdir(join(folder, 'bin'));
  await symlink(join(await temporalServer(), 'sql'), join(folder, 'bin/temporal-sql-tool'));
  await symlink(await devServerExecutable(), join(folder, 'bin/temporal'));
}

/** Copies the configuration template of the server image, and our configuration to the place where the compose file mounts it. */
async function putServer(folder: string): Promise<void> {
  await mkdir(join(folder, 'config'));
  await cp(join(await temporalSources(), 'config/docker.yaml'), join(folder, 'config/docker.yaml'));
  await cp(join(root, 'deploy/compose/temporal'), join(folder, 'config/dynamicconfig'), { recursive: true });
}

/** Compiles the worker and bundles its workflows, as in the image. */
async function putWorker(folder: string): Promise<void> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  const tsc = join(root, 'node_modules/.bin/tsc');
  await must(tsc, ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')], { cwd: dirname(tsc) });
  await must(process.execPath, ['dist/worker-host/bundle-program.js'], { cwd: folder });
}
