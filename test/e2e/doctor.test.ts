import { Client, Connection } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Check, DoctorReport } from '../../src/cli/doctor/report.ts';
import { pollersOf } from '../../src/worker-host/pollers.ts';
import { simulatedAccounts, type Simulators, startSimulators } from '../../src/cli/playground/simulators.ts';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import { cancelQueueOf, statusQueueOf } from '../../src/contract/index.ts';
import { DOCSWRITE_ORG_KEY } from '../../src/simulators/simulator.ts';
import { createAuthority } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cleanEnv, type Ended, jobtrack, startJobtrack } from './jobtrack.ts';

const taskQueue = `doctor-${randomUUID()}`;
const WRONG_TOKEN = 'made-up-token-that-nobody-may-read';
const teardown = createTeardown();
let env: Record<string, string>;
let connection: Connection;
let client: Client;
let simulators: Simulators;

beforeAll(async () => {
  const address = inject('temporalAddress');
  simulators = await startSimulators({ teardown });
  env = {
    TEMPORAL_ADDRESS: address,
    JOBTRACK_TASK_QUEUE: taskQueue,
    ...simulatedAccounts(simulators),
    DOCSWRITE_TOKEN: DOCSWRITE_ORG_KEY,
    DEEPWRITER_REQUESTS_PER_MINUTE: '60',
  };
  connection = await Connection.connect({ address });
  teardown.add(() => connection.close());
  client = new Client({ connection });
  const worker = await startJobtrack(cleanEnv({ ...env, JOBTRACK_LOG_LEVEL: 'warn' }), 'worker');
  teardown.add(() => worker.child.stop());
  await untilPolling(client, taskQueue, worker.child);
  await eventually(untilAccountsArePolled);
});

afterAll(() => teardown.run());

async function untilAccountsArePolled(): Promise<void> {
  const queues = [statusQueueOf(taskQueue, 'shared'), cancelQueueOf(taskQueue, 'shared')];
  const server = { connection, namespace: 'default' };
  const pollers = await Promise.all(
    queues.map(async (queue) => pollersOf(server, { taskQueue: queue, type: 'activity' })),
  );
  expect(pollers.every(({ length }) => length > 0)).toBe(true);
}

async function doctor(settings: Record<string, string>, ...options: string[]): Promise<Ended> {
  // It is empty, because a value of this machine would add a check.
  return jobtrack(cleanEnv({ NODE_EXTRA_CA_CERTS: '', ...env, ...settings }), 'doctor', ...options);
}

const reportOf = ({ json }: Ended): DoctorReport => json() as DoctorReport;
const standings = ({ checks }: DoctorReport): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));
const named = ({ checks }: DoctorReport, name: string): Check | undefined =>
  checks.find((check) => check.name === name);

test('a setup that works is reported check by check, with 0', async () => {
  const ended = await doctor({}, '--json');
  const report = reportOf(ended);
  expect([ended.code, report.ok]).toEqual([0, true]);
  expect(standings(report)).toEqual({
    configuration: 'ok',
    temporal: 'ok',
    'server-version': 'ok',
    namespace: 'ok',
    'search-attributes': 'ok',
    [`task-queue:${taskQueue}`]: 'ok',
    [`task-queue:${taskQueue}/shared/status`]: 'ok',
    [`task-queue:${taskQueue}/shared/cancel`]: 'ok',
    fairness: 'ok',
    pollers: 'ok',
    paused: 'ok',
    clock: 'ok',
    codec: 'skipped',
    'account:docswrite/default': 'ok',
    'account:deepwriter/default': 'ok',
  });
  expect(named(report, 'temporal')?.message).toMatch(/ answers in \d+ ms, without TLS$/);
  expect(named(report, 'account:docswrite/default')?.hint).toContain('60 requests a minute');
  expect(named(report, 'account:deepwriter/default')).toMatchObject({
    message: 'reachable, credential accepted; budget 60 requests a minute, 47.6 of them polls',
    hint: null,
  });
});

test('each account is asked once', async () => {
  const asked = async (): Promise<number[]> =>
    Promise.all(
      [simulators.docswrite, simulators.deepwriter].map(async ({ control }) => (await control.requests()).length),
    );
  const before = await asked();
  const { code, stdout } = await doctor({});
  expect([code, stdout.split('\n').at(-2)]).toEqual([0, '15 checks: nothing is wrong, 1 skipped']);
  expect(await asked()).toEqual(before.map((count) => count + 1));
});

test('a misspelt name is a warning', async () => {
  const ended = await doctor({ JOBTRACK_HOLDMS: '1' }, '--json');
  const report = reportOf(ended);
  expect(ended.code).toBe(0);
  expect(report.checks.filter(({ status }) => status === 'warning').map(({ name }) => name)).toEqual(['configuration']);
});

test('a pool without a worker is a failure, also if only its name is known here', async () => {
  const ended = await doctor({ DOCSWRITE_TOKEN: '', DOCSWRITE_POOL: 'emea' }, '--json');
  const report = reportOf(ended);
  expect(ended.code).toBe(1);
  expect(named(report, `task-queue:${taskQueue}/emea/status`)).toMatchObject({
    status: 'failed',
    message: 'nobody polls it',
    hint: 'start a worker that has an account of pool emea: jobtrack worker',
  });
});

test('I2: problems are reported with what to do, with 1, and without a credential', async () => {
  const alone = `doctor-alone-${randomUUID()}`;
  const settings = {
    JOBTRACK_TASK_QUEUE: alone,
    JOBTRACK_HOLD_MS: 'soon',
    DOCSWRITE_TOKEN: WRONG_TOKEN,
    DEEPWRITER_BASE_URL: 'http://127.0.0.1:1',
  };
  const [ended, forPeople] = await Promise.all([doctor(settings, '--json'), doctor(settings)]);
  const report = reportOf(ended);
  expect([ended.code, report.ok]).toEqual([1, false]);
  expect(report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual([
    'configuration',
    `task-queue:${alone}`,
    `task-queue:${alone}/shared/status`,
    `task-queue:${alone}/shared/cancel`,
    'account:docswrite/default',
    'account:deepwriter/default',
  ]);
  expect(report.checks.filter(({ status, hint }) => status === 'failed' && hint === null)).toEqual([]);
  expect(named(report, 'account:docswrite/default')?.message).toContain('http=401');
  expect(named(report, 'account:deepwriter/default')?.message).toContain('ECONNREFUSED');
  expect(forPeople.code).toBe(1);
  expect(forPeople.stdout).toContain('hint: start a worker');
  for (const { stdout, stderr } of [ended, forPeople]) expect(stdout + stderr).not.toContain(WRONG_TOKEN);
});

test('a Temporal that cannot be reached is a finding, also if a service hangs; accounts are still asked', async () => {
  await simulators.docswrite.control.addFault({ preset: 'no-answer' });
  onTestFinished(() => simulators.docswrite.control.clearFaults());
  const ended = await doctor({}, '--address', '127.0.0.1:1', '--json');
  const report = reportOf(ended);
  expect(ended.code).toBe(1);
  expect(named(report, 'temporal')).toEqual({
    name: 'temporal',
    status: 'failed',
    message: 'Temporal cannot be reached at 127.0.0.1:1: connection refused',
    hint: expect.stringContaining('TEMPORAL_ADDRESS'),
  });
  const others = report.checks.filter(({ name }) => name !== 'temporal');
  expect(others.filter(({ status }) => status === 'ok').map(({ name }) => name)).toEqual([
    'configuration',
    'account:deepwriter/default',
  ]);
  expect(named(report, 'account:docswrite/default')?.status).toBe('failed');
  expect(others.filter(({ status }) => status === 'skipped')).toHaveLength(11);
});

test('a service of a private authority behind a proxy is reached, and both are reported', async () => {
  const authority = createAuthority('private authority');
  const { certificate, key } = authority.issue('server', 'service.example');
  const service = createServer({ cert: certificate, key }, (_, response) => {
    response.end(JSON.stringify({ success: true, data: { id: '1', state: 'active' } }));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => (service.closeAllConnections(), void service.close()));
  const { port } = service.address() as AddressInfo;
  const proxy = await startConnectProxy({ target: `127.0.0.1:${port}`, credentials: `doctor:${WRONG_TOKEN}` });
  onTestFinished(proxy.close);
  const file = join(await scratchFolder(), 'authority.pem');
  await writeFile(file, authority.certificate);
  const settings = {
    NODE_EXTRA_CA_CERTS: file,
    HTTPS_PROXY: `http://doctor:${WRONG_TOKEN}@${proxy.address}`,
    DOCSWRITE_BASE_URL: 'https://service.example',
  };
  const ended = await doctor(settings, '--json');
  const report = reportOf(ended);
  expect(named(report, 'authorities')?.message).toBe('1 further authority for services by NODE_EXTRA_CA_CERTS');
  expect(named(report, 'account:docswrite/default')).toMatchObject({
    status: 'ok',
    message: expect.stringContaining(`; asked through the proxy ${proxy.address}`),
  });
  expect(named(report, 'account:deepwriter/default')?.message).not.toContain('proxy');
  expect(proxy.asked).toEqual(['service.example:443']);
  const untrusted = named(
    reportOf(await doctor({ ...settings, NODE_EXTRA_CA_CERTS: '' }, '--json')),
    'account:docswrite/default',
  );
  expect(untrusted).toMatchObject({ status: 'failed', message: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  expect(ended.stdout + ended.stderr).not.toContain(WRONG_TOKEN);
});

test('wrong settings of Temporal end with 2, and the report is still complete', async () => {
  const ended = await doctor({ TEMPORAL_ADDRESS: 'https://elsewhere/' }, '--json');
  const report = reportOf(ended);
  expect(ended.code).toBe(2);
  expect(named(report, 'configuration')?.message).toContain('TEMPORAL_ADDRESS: must be host:port');
  expect(standings(report)).toMatchObject({ temporal: 'skipped', 'account:docswrite/default': 'ok' });
});

test('a namespace without search attributes, and a missing one, are reported with the command to run', async () => {
  const namespace = `doctor-${randomUUID()}`;
  await client.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 3_600 as never },
  });
  const looked = async (): Promise<DoctorReport> => reportOf(await doctor({}, '--namespace', namespace, '--json'));
  await expect
    .poll(async () => standings(await looked()))
    .toMatchObject({ namespace: 'warning', 'search-attributes': 'failed', clock: 'ok' });
  expect(named(await looked(), 'search-attributes')?.hint).toContain(
    `temporal operator search-attribute create --namespace ${namespace} --name JobProvider`,
  );
  const nowhere = await doctor({}, '--namespace', 'nowhere', '--json');
  expect(nowhere.code).toBe(1);
  expect(standings(reportOf(nowhere))).toMatchObject({ namespace: 'failed', clock: 'skipped', codec: 'skipped' });
});

test('payloads that a codec has encoded are reported, and not shown', async () => {
  const alone = `doctor-codec-${randomUUID()}`;
  const payloadCodec: PayloadCodec = {
    encode: async (payloads) =>
      payloads.map(() => ({ metadata: { encoding: Buffer.from('binary/made-up') }, data: Buffer.from(WRONG_TOKEN) })),
    decode: async (payloads) => payloads,
  };
  const encoding = new Client({ connection, dataConverter: { payloadCodecs: [payloadCodec] } });
  const handle = await encoding.workflow.start('trackJob', { workflowId: alone, taskQueue: alone, args: [{}] });
  await expect.poll(() => client.workflow.count(`WorkflowId = '${alone}'`)).toMatchObject({ count: 1 });
  const { stdout, stderr, json } = await doctor({ JOBTRACK_TASK_QUEUE: alone }, '--json');
  await handle.terminate();
  expect(named(json() as DoctorReport, 'codec')).toMatchObject({
    status: 'warning',
    message: 'payloads are encoded as binary/made-up: this command line cannot read them',
  });
  expect(stdout + stderr).not.toContain(WRONG_TOKEN);
});

test('a missing token file is a failure of its account, by the account’s name', async () => {
  const folder = await scratchFolder();
  const accounts = join(folder, 'accounts.json');
  await writeFile(accounts, JSON.stringify({ books: { provider: 'deepwriter', tokenFile: 'gone' } }));
  const ended = await doctor({ JOBTRACK_ACCOUNTS: accounts, JOBTRACK_SEARCH_ATTRIBUTES: 'off' }, '--json');
  const report = reportOf(ended);
  expect(ended.code).toBe(1);
  expect(named(report, 'account:deepwriter/books')).toEqual({
    name: 'account:deepwriter/books',
    status: 'failed',
    message: 'deepwriter: account "books": credential cannot be read',
    hint: 'check the variable or the file of the credential, and who may read it',
  });
  expect(named(report, 'search-attributes')?.status).toBe('skipped');
});
