import { Client, Connection } from '@temporalio/client';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createJobTracker, type JobOutcome } from '../../src/client.ts';
import { simulatedAccounts, type Simulators, startSimulators } from '../../src/cli/playground/simulators.ts';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import { loadTemporalConfig } from '../../src/config/index.ts';
import { DEEPWRITER_API_KEY } from '../../src/simulators/simulator.ts';
import { ensureSearchAttributes } from '../../src/worker-host/search-attributes.ts';
import { missingAttributes } from '../support/missing-attributes.ts';
import { type Authority, createAuthority, type Identity } from '../support/certificates.ts';
import { type CloudProxy, type CloudProxyOptions, startCloudProxy } from '../support/cloud-proxy.ts';
import { cleanEnv, type Ended, jobtrack, startJobtrack } from './jobtrack.ts';

// The behaviour of Temporal Cloud that a local server can show: TLS, mTLS, API keys and no OperatorService. Only Temporal's own
// variables configure it.

const NAME = 'jobs.abcde.test';
const API_KEY = `key-${randomUUID()}`;
const WRONG_KEY = `key-${randomUUID()}`;
/** A namespace without our search attributes. */
const bare = `bare-${randomUUID()}`;

const teardown = createTeardown();
let connection: Connection;
let simulators: Simulators;
let authority: Authority;
let worker: Identity;
let byCertificate: CloudProxy;
let byKey: CloudProxy;
let mutual: Record<string, string>;
let keyed: Record<string, string>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-test-'));
  teardown.add(() => rm(folder, { recursive: true, force: true }));
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  connection = await Connection.connect({ address: inject('temporalAddress') });
  teardown.add(() => connection.close());
  const retention = { seconds: 24 * 3600 };
  await connection.workflowService.registerNamespace({
    namespace: bare,
    workflowExecutionRetentionPeriod: retention as never,
  });
  await ensureSearchAttributes(connection, 'default');
  simulators = await startSimulators({ teardown });
  authority = createAuthority('the authority of the tests');
  worker = authority.issue('client', 'worker');
  [byCertificate, byKey] = await Promise.all([
    start({ admits: { clientAuthority: authority.certificate }, operatorStatus: 'PERMISSION_DENIED' }),
    start({ admits: { apiKey: API_KEY, namespaces: ['default', bare] }, operatorStatus: 'UNIMPLEMENTED' }),
  ]);
  const trust = {
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: await file('ca.pem', authority.certificate),
    TEMPORAL_TLS_SERVER_NAME: NAME,
  };
  mutual = {
    ...trust,
    TEMPORAL_ADDRESS: byCertificate.address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TLS_CLIENT_CERT_PATH: await file('client.pem', worker.certificate),
    TEMPORAL_TLS_CLIENT_KEY_PATH: await file('client.key', worker.key),
  };
  keyed = {
    ...trust,
    TEMPORAL_ADDRESS: byKey.address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_API_KEY: API_KEY,
  };
});

afterAll(() => teardown.run());

async function start(options: Pick<CloudProxyOptions, 'admits' | 'operatorStatus'>): Promise<CloudProxy> {
  const identity = authority.issue('server', NAME);
  const proxy = await startCloudProxy({ ...options, target: inject('temporalAddress'), identity });
  teardown.add(() => proxy.close());
  return proxy;
}

/** @returns the environment of a worker and its callers. Only Temporal's own variables have the address of Temporal. */
function envOf(temporal: Record<string, string>): NodeJS.ProcessEnv {
  return cleanEnv({ ...temporal, JOBTRACK_TASK_QUEUE: `cloud-${randomUUID()}`, ...simulatedAccounts(simulators) });
}

async function serve(env: NodeJS.ProcessEnv, namespace = 'default'): Promise<void> {
  const { child } = await startJobtrack({ ...env, JOBTRACK_LOG_LEVEL: 'warn' }, 'worker');
  teardown.add(() => child.stop());
  await untilPolling(new Client({ connection, namespace }), env['JOBTRACK_TASK_QUEUE'] ?? '', child);
}

async function makeJob(stepMs = 200): Promise<string> {
  const jobId = String(randomInt(1_000_000, 900_000_000));
  const made = await simulators.docswrite.control.createJob({
    jobId,
    scenario: 'success',
    params: { stepMs },
  });
  return made.jobId;
}

/** @returns the gRPC statuses of all refusals. 7 or 12 alone: only the OperatorService was refused. */
function refusalsOf({ calls }: CloudProxy): number[] {
  return [...new Set(calls.flatMap(({ status }) => status ?? []))];
}

const QUICK = ['--interval', '1s', '--max-interval', '1s'];

describe.concurrent('at Temporal Cloud, as far as a local server can simulate it', () => {
  test('mTLS: worker and command line track a job to its end, by files or by data, without OperatorService', async () => {
    const env = envOf(mutual);
    await serve(env);
    const { TEMPORAL_TLS_CLIENT_CERT_PATH: _cert, TEMPORAL_TLS_CLIENT_KEY_PATH: _key, ...rest } = env;
    const byData = {
      ...rest,
      TEMPORAL_TLS_CLIENT_CERT_DATA: worker.certificate,
      TEMPORAL_TLS_CLIENT_KEY_DATA: worker.key,
    };
    const tracked = await jobtrack(byData, 'track', 'docswrite', await makeJob(), ...QUICK, '--wait', '--json');
    expect([tracked.code, (tracked.json() as JobOutcome).status], tracked.stderr).toEqual([0, 'completed']);
    expect(refusalsOf(byCertificate)).toEqual([7]);
  });

  test('API key: worker and client track a job to its end, and each of their calls is authorised', async () => {
    const env = envOf({ ...keyed, JOBTRACK_HOLD_MS: '0' });
    await serve(env);
    const { connectionOptions, namespace } = loadTemporalConfig(env);
    const { address, tls, apiKey } = connectionOptions as { address: string; tls: object; apiKey: string };
    const taskQueue = env['JOBTRACK_TASK_QUEUE'] ?? '';
    const tracker = createJobTracker({ address, namespace, tls, apiKey, taskQueue });
    const job = await tracker.track(
      { provider: 'docswrite', jobId: await makeJob(2_000) },
      { polling: { mode: 'fixed', intervalMs: '1s' } },
    );
    expect(await job.result()).toMatchObject({ status: 'completed' });
    await tracker.close();
    expect(refusalsOf(byKey)).toEqual([12]);
    // If the server waits out an interval, this is one action, because the failure carries the state for the next attempt.
    const asked = byKey.calls.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
    expect(asked).toContain('RespondActivityTaskFailed');
    expect(asked).not.toContain('RecordActivityTaskHeartbeat');
  });

  test('missing search attributes stop the worker with the commands to run, and the setting off needs none', async () => {
    await expect.poll(() => missingAttributes(connection, bare).catch(() => [])).toHaveLength(7);
    const env = envOf({ ...keyed, TEMPORAL_NAMESPACE: bare });
    const stopped = await jobtrack(env, 'worker');
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain(`namespace ${bare} lacks the search attributes JobProvider, JobAccount`);
    expect(stopped.stderr).toContain(
      `tcld namespace search-attributes add --namespace ${bare} --search-attribute "JobProvider=Keyword"`,
    );
    expect(stopped.stderr).toContain(
      'or set JOBTRACK_SEARCH_ATTRIBUTES to the names of some, such as JobState,JobHealth,JobLabels, or to off.',
    );
    const without = { ...env, JOBTRACK_SEARCH_ATTRIBUTES: 'off', JOBTRACK_HOLD_MS: '0' };
    await serve(without, bare);
    const tracked = await jobtrack(without, 'track', 'docswrite', await makeJob(), ...QUICK, '--wait', '--json');
    expect([tracked.code, (tracked.json() as JobOutcome).status], tracked.stderr).toEqual([0, 'completed']);
  });
});

// These tests run one after the other, and after the tests above: a wait for the CPU must not use up their 10 s.
describe('an error at Temporal Cloud', () => {
  const REFUSES = 'check TEMPORAL_API_KEY or the client certificate, and that it may do this in TEMPORAL_NAMESPACE';
  const refused = {
    'a wrong API key': {
      env: () => ({ ...keyed, TEMPORAL_API_KEY: WRONG_KEY }),
      tells: () => [`Temporal at ${byKey.address} refuses the credential: Request unauthorized`, REFUSES],
    },
    'no client certificate': {
      env: () => ({
        ...keyed,
        TEMPORAL_ADDRESS: byCertificate.address,
      }),
      tells: () => [
        `Temporal cannot be reached at ${byCertificate.address}: it wants a client certificate`,
        'set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
      ],
    },
    'an authority that is not trusted': {
      env: () => ({
        ...keyed,
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: '',
        TEMPORAL_TLS_SERVER_CA_CERT_DATA: createAuthority('another').certificate,
      }),
      tells: () => [
        `Temporal cannot be reached at ${byKey.address}: its certificate is of no authority that is trusted here`,
        'set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of the authority that issued it',
      ],
    },
  };

  test.each(Object.entries(refused))(
    '%s is reported in one sentence, without a secret; exit code 3',
    async (_, { env: envOfCase, tells }) => {
      const env = envOf(envOfCase());
      const [served, asked] = await Promise.all([jobtrack(env, 'worker'), jobtrack(env, 'list', '--json')]);
      const [message = '', hint = ''] = tells();
      expect([served.code, served.stderr]).toEqual([
        3,
        `${message}. ${hint.charAt(0).toUpperCase()}${hint.slice(1)}.\n`,
      ]);
      expect([asked.code, asked.json()]).toEqual([3, { error: { code: 'temporal-unreachable', message, hint } }]);
      for (const ended of [served, asked]) expectNoSecret(ended);
    },
  );

  test('worker and command line report a key that may not use the namespace; exit code 3', async () => {
    const namespace = `other-${randomUUID()}`;
    const env = envOf({ ...keyed, TEMPORAL_NAMESPACE: namespace });
    const ended = await Promise.all([
      jobtrack(env, 'worker'),
      jobtrack({ ...env, JOBTRACK_SEARCH_ATTRIBUTES: 'off' }, 'worker'),
      jobtrack(env, 'list'),
      jobtrack(env, 'track', 'docswrite', '1'),
    ]);
    for (const { code, stderr } of ended) {
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(/Temporal refuses the credential.*\n?.*check TEMPORAL_API_KEY/i),
      ]);
    }
    ended.forEach(expectNoSecret);
  });
});

describe('I2: a credential that was pasted with a line end', () => {
  const list = async (settings: Record<string, string>, ...options: string[]): Promise<Ended> =>
    jobtrack(envOf({ ...keyed, TEMPORAL_API_KEY: '', ...settings }), 'list', ...options);

  const variables: [variable: string, scheme: string][] = [
    ['TEMPORAL_API_KEY', ''],
    ['TEMPORAL_GRPC_META_AUTHORIZATION', 'Bearer '],
  ];

  test.each(variables)('%s is read as meant, and the server accepts it', async (variable, scheme) => {
    const settings = { TEMPORAL_TLS: 'true', [variable]: `${scheme}${API_KEY}\n` };
    const ended = [await list(settings), await list(settings, '--json')];
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    ended.forEach(expectNoSecret);
  });

  test.each(variables)('%s that the server refuses is not printed', async (variable, scheme) => {
    const settings = { TEMPORAL_TLS: 'true', [variable]: `${scheme}${WRONG_KEY}\r\n` };
    const ended = [await list(settings), await list(settings, '--json')];
    expect(ended.map(({ code }) => code)).toEqual([3, 3]);
    ended.forEach(expectNoSecret);
  });

  test.each(variables)('%s with a line end within it is refused by name', async (variable, scheme) => {
    const settings = { TEMPORAL_TLS: 'true', [variable]: `${scheme}${API_KEY}\n${WRONG_KEY}` };
    const ended = [await list(settings), await list(settings, '--json')];
    for (const { code, stdout, stderr } of ended) {
      expect([code, stdout + stderr]).toEqual([2, expect.stringContaining(`${variable}: holds line breaks`)]);
    }
    ended.forEach(expectNoSecret);
  });
});

function expectNoSecret({ stdout, stderr }: Ended): void {
  for (const secret of [API_KEY, WRONG_KEY, worker.key, DEEPWRITER_API_KEY]) {
    expect(`${stdout}${stderr}`.includes(secret)).toBe(false);
  }
}
