import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { createJobTracker, type JobTracker, type TrackedJob } from '../../src/client.ts';
import { findOnPath } from '../../src/embedded/executable.ts';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.ts';
import { DEEPWRITER_API_KEY, DOCSWRITE_SITE_TOKEN } from '../../src/simulators/simulator.ts';
import { missingAttributes } from '../support/missing-attributes.ts';
import { type DocumentShell, documentShell } from '../support/document-shell.ts';
import { type Rig, type RunningWorker, startRig } from '../support/rig.ts';
import { testDynamicConfig } from '../support/servers.ts';
import { commandsOf, shellUnder } from '../support/snippets.ts';
import { sharedWorkflowBundle } from '../support/workflow-bundle.ts';

// Runs the shell blocks of the documents without a change, on a server and a task queue with the names in the documents. Each test
// continues from the state after the one before.

let server: DevServer;
let connection: Connection;
let native: NativeConnection;
let rig: Rig;
let sh: DocumentShell;
let tracker: JobTracker;
let worker: RunningWorker;

beforeAll(async () => {
  const executable = inject('temporalExecutable');
  server = await startDevServer({ executable, dynamicConfig: testDynamicConfig });
  const { address } = server;
  [connection, native] = await Promise.all([Connection.connect({ address }), NativeConnection.connect({ address })]);
  const client = new Client({ connection });
  tracker = createJobTracker({ client });
  const workflowBundle = await sharedWorkflowBundle();
  rig = await startRig({
    client,
    connection: native,
    serves: false,
    config: { taskQueue: 'job-tracker' },
    worker: { workflowBundle },
  });
});

afterAll(async () => {
  await rig?.close();
  await connection?.close();
  await native?.close();
  await server?.stop();
});

beforeEach(async () => {
  sh = await documentShell(inject('temporalExecutable'), {
    TEMPORAL_ADDRESS: server.address,
    DOCSWRITE_BASE_URL: rig.docswrite.url,
    DOCSWRITE_TOKEN: DOCSWRITE_SITE_TOKEN,
    DEEPWRITER_BASE_URL: rig.deepwriter.url,
    DEEPWRITER_TOKEN: DEEPWRITER_API_KEY,
  });
});

const lastJson = (text: string): unknown => JSON.parse(text.slice(text.lastIndexOf('\n{') + 1));

test('the command of docs/operations.md registers all search attributes', async () => {
  expect(await missingAttributes(connection, 'default')).not.toEqual([]);
  for (const block of shellUnder('docs/operations.md', 'Search attributes')) await sh(block);
  await expect.poll(() => missingAttributes(connection, 'default')).toEqual([]);
});

test("README's lines for another language follow one Docswrite job from its start to its cancel", async () => {
  worker = await rig.startWorker();
  await rig.docswrite.control.createJob({ jobId: '42', scenario: 'long', params: { steps: 100_000 } });
  const said = await sh(shellUnder('README.md', 'From another language').join('\n'));
  expect(lastJson(said)).toMatchObject({
    status: 'COMPLETED',
    result: { status: 'abandoned', why: 'cancel-unsupported', labels: { team: 'docs' } },
  });
});

/** The blocks that read JSON need `jq`. On a machine without it their tests are skipped. */
const hasJq = (await findOnPath('jq', process.env)) !== null;

test.runIf(hasJq)('the lines of docs/contract.md follow one DeepWriter job from its start to its outcome', async () => {
  const jobId = '6ac3d1f2-8c1b-4f5e-9d55-0f3f6f3b7a10';
  await rig.deepwriter.control.createJob({ jobId, scenario: 'cancel-confirmed', params: { confirmSteps: 1 } });
  const [start, look, ask, end] = [
    'Starting',
    'Fresher than the query',
    'Signals, updates, queries',
    'How tracking ends',
  ].map((heading) => shellUnder('docs/contract.md', heading).join('\n'));
  const said = await sh([start, look, ask, 'echo; echo the end', end].join('\n'));
  const [before, after = ''] = said.split('the end');
  expect(before).toContain('"trackedSince"');
  const [outcome = '', memo] = after.trim().split(/\n(?=null$)/);
  expect(JSON.parse(outcome)).toMatchObject({ status: 'cancelled', confirmed: true });
  expect(memo).toBe('null'); // the memo has an outcome only after a native cancel
});

test('the server accepts the queries of docs/contract.md', async () => {
  const commands = shellUnder('docs/contract.md', 'Search attributes').flatMap(commandsOf);
  expect(commands.length).toBeGreaterThan(4);
  for (const command of commands) await sh(command);
});

/** @returns a job of which only the first state was polled. A worker holds until the next poll */
async function longJob(): Promise<TrackedJob> {
  const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const polling = { mode: 'fixed', intervalMs: '20s' } as const;
  const job = await tracker.track({ provider: 'deepwriter', jobId }, { polling });
  await expect.poll(() => job.progress().then(({ state }) => state)).toBe('running');
  await expect.poll(() => pendingPoll(job)).toBeDefined();
  return job;
}

async function pendingPoll({ workflowId }: TrackedJob) {
  const { raw } = await rig.client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities?.[0];
}

test('the commands of docs/operations.md pause one job and poll it now', async () => {
  const job = await longJob();
  const poll = await pendingPoll(job);
  const [block = ''] = shellUnder('docs/operations.md', 'Pausing and polling one job');
  const [pause = '', unpause = '', reset = ''] = commandsOf(block).map(
    (command) => `ID=${job.workflowId}; ${command.replace('--activity-id 3', `--activity-id ${poll?.activityId}`)}`,
  );
  await sh(pause);
  expect((await pendingPoll(job))?.paused).toBe(true);
  await sh(unpause);
  expect((await pendingPoll(job))?.paused).toBe(false);
  await sh(reset);
});

test.runIf(hasJq)(
  'the commands of docs/operations.md for a service that is down lengthen the limits of its degraded jobs',
  async () => {
    const job = await longJob();
    await rig.deepwriter.control.addFault({ preset: 'server-error' });
    await job.refresh();
    await untilListed(job, 'degraded');
    await sh(shellUnder('docs/operations.md', 'A service is down for a day').join('\n'));
    expect((await job.progress()).limits.totalMs).toBe(172_800_000);
    await rig.deepwriter.control.clearFaults();
  },
);

async function untilListed({ workflowId }: TrackedJob, health: 'degraded'): Promise<void> {
  const listed = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const found of tracker.list({ health })) ids.push(found.workflowId);
    return ids;
  };
  await expect.poll(listed).toContain(workflowId);
}

test('the doctor of docs/operations.md finds nothing that failed', async () => {
  expect(await sh(shellUnder('docs/operations.md', 'The doctor').join('\n'))).toContain('search-attributes');
});

test("the lines of docs/simulators.md play a service's bad days", async () => {
  const [block = ''] = shellUnder('docs/simulators.md', 'The control API');
  const [create = '', ...rest] = commandsOf(block.replaceAll('localhost:4010', rig.deepwriter.url));
  const { jobId } = JSON.parse(await sh(create)) as { jobId: string };
  expect(rest.length).toBe(4);
  for (const command of rest) {
    const answer: unknown = JSON.parse(await sh(command.replace('6ac3…', jobId)));
    expect(answer, command).not.toHaveProperty('error');
  }
});

test('the lines of docs/operations.md make a version current once its worker has polled, and show it', async () => {
  await worker.stop();
  const config = { ...rig.config, deployment: { deploymentName: 'jobtrack', buildId: '2026-11-22' } };
  const lines = sh(shellUnder('docs/operations.md', 'Worker versioning').join('\n'));
  const [said] = await Promise.all([lines, rig.startWorker({ config })]);
  expect(said).toMatch(/CurrentVersionBuildID\s+2026-11-22/);
});
