import { Client, Connection } from '@temporalio/client';
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { JobOutcome, JobProgress, JobSummary, TimelineEntry } from '../../src/client.ts';
import { simulatedAccounts, type Simulators, startSimulators } from '../../src/cli/playground/simulators.ts';
import { createTeardown } from '../../src/cli/playground/teardown.ts';
import { untilPolling } from '../../src/cli/playground/worker-process.ts';
import type { CreateJob } from '../../src/simulators/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { cleanEnv, jobtrack, startJobtrack } from './jobtrack.ts';

const taskQueue = `e2e-${randomUUID()}`;
const teardown = createTeardown();
let env: NodeJS.ProcessEnv;
let client: Client;
let simulators: Simulators;

beforeAll(async () => {
  const address = inject('temporalAddress');
  simulators = await startSimulators({ teardown });
  env = cleanEnv({ TEMPORAL_ADDRESS: address, JOBTRACK_TASK_QUEUE: taskQueue, ...simulatedAccounts(simulators) });
  const connection = await Connection.connect({ address });
  teardown.add(() => connection.close());
  client = new Client({ connection });
  const worker = await startJobtrack({ ...env, JOBTRACK_LOG_LEVEL: 'warn' }, 'worker');
  teardown.add(() => worker.child.stop());
  await untilPolling(client, taskQueue, worker.child);
});

afterAll(() => teardown.run());

/** The test files share a namespace, so the ids are random here, and not from the simulators. */
let nextId = randomInt(1_000_000, 900_000_000);
async function docswriteJob(ask: CreateJob): Promise<string> {
  return (await simulators.docswrite.control.createJob({ jobId: String(nextId++), ...ask })).jobId;
}
async function deepwriterJob(ask: CreateJob): Promise<string> {
  return (await simulators.deepwriter.control.createJob({ jobId: randomUUID(), ...ask })).jobId;
}

const QUICK = ['--interval', '1s', '--max-interval', '2s'];

test('track starts once and then attaches, and every command can show a running job', async () => {
  const jobId = await docswriteJob({ scenario: 'long' });
  const label = `run=${randomUUID()}`;
  const workflowId = `job:docswrite:default:post:${jobId}`;
  const first = await jobtrack(env, 'track', 'docswrite', jobId, '--label', label, ...QUICK, '--json');
  expect([first.code, first.json()]).toEqual([
    0,
    expect.objectContaining({ workflowId, attached: false, planned: true, outcome: null }),
  ]);
  await eventually(async () => {
    const { json } = await jobtrack(env, 'status', workflowId, '--json');
    expect((json() as JobProgress).polls).toBeGreaterThan(0);
  });

  const [again, status, timeline, refresh, list] = await Promise.all([
    jobtrack(env, 'track', 'docswrite', `job:${jobId}`, '--json'),
    jobtrack(env, 'status', 'docswrite', jobId, '--json'),
    jobtrack(env, 'timeline', workflowId, '--json'),
    jobtrack(env, 'refresh', 'docswrite', jobId, '--json'),
    jobtrack(env, 'list', '--label', label, '--provider', 'docswrite', '--json'),
  ]);
  expect([again.code, again.json()]).toEqual([0, expect.objectContaining({ workflowId, attached: true })]);
  expect([status.code, status.json()]).toEqual([
    0,
    expect.objectContaining({ workflowId, state: 'running', progress: 10, outcome: null, version: expect.any(Number) }),
  ]);
  expect([timeline.code, (timeline.json() as TimelineEntry[])[0]]).toEqual([
    0,
    expect.objectContaining({ state: 'running', progress: 10 }),
  ]);
  expect([refresh.code, refresh.json()]).toEqual([0, { workflowId, requested: true, outcome: null }]);
  expect(list.code).toBe(0);
  expect((list.json() as JobSummary[]).map(({ workflowId: id, state }) => [id, state])).toEqual([
    [workflowId, 'running'],
  ]);

  const cancel = await jobtrack(env, 'cancel', 'docswrite', jobId, '--reason', 'enough', '--json');
  expect([cancel.code, cancel.json()]).toEqual([
    0,
    expect.objectContaining({ workflowId, phase: 'unsupported', reason: 'enough' }),
  ]);
  const result = await jobtrack(env, 'result', 'docswrite', jobId, '--json');
  expect([result.code, (result.json() as JobOutcome).status]).toEqual([1, 'abandoned']);
});

test('track --watch prints each change as one JSON value per line, and ends with 0 when the job completed', async () => {
  const jobId = await docswriteJob({ scenario: 'success', params: { stepMs: 500 } });
  const { code, lines } = await jobtrack(env, 'track', 'docswrite', jobId, ...QUICK, '--watch', '--json');
  const changes = lines() as JobProgress[];
  expect(code).toBe(0);
  expect(changes.at(-1)).toMatchObject({ state: 'completed', outcome: { status: 'completed', warnings: [] } });
  expect(changes.map(({ version }) => version)).toEqual(
    [...new Set(changes.map(({ version }) => version))].toSorted((a, b) => a - b),
  );
});

test('track --wait prints only the outcome, and ends with 1 when the job failed', async () => {
  const jobId = await deepwriterJob({ scenario: 'failure', params: { stepMs: 500 } });
  const waited = await jobtrack(env, 'track', 'deepwriter', jobId, ...QUICK, '--wait', '--json');
  expect([waited.code, waited.json()]).toEqual([
    1,
    expect.objectContaining({ status: 'failed', reason: 'The model stopped answering after chapter 3' }),
  ]);
  expect(waited.stderr).toContain('tracking');
  const late = await jobtrack(env, 'cancel', 'deepwriter', jobId, '--json');
  expect(late.code).toBe(1);
});

test('cancel reaches the service, is confirmed by the status, and result then ends with 1', async () => {
  const jobId = await deepwriterJob({ scenario: 'cancel-confirmed', params: { stepMs: 500 } });
  await jobtrack(env, 'track', 'deepwriter', jobId.toUpperCase(), ...QUICK);
  const cancel = await jobtrack(env, 'cancel', 'deepwriter', jobId, '--by', 'e2e');
  expect([cancel.code, cancel.stdout.split('\n')[0]]).toEqual([0, 'accepted by e2e']);
  expect((await simulators.deepwriter.control.job(jobId)).cancels).toBe(1);
  const result = await jobtrack(env, 'result', 'deepwriter', jobId);
  expect([result.code, result.stdout]).toEqual([1, expect.stringContaining('cancelled on request')]);
});

describe.concurrent('a command that cannot succeed ends with', () => {
  test('4: a job that was never tracked', async () => {
    const workflowId = 'job:docswrite:default:post:never';
    const [result, cancel] = await Promise.all([
      jobtrack(env, 'result', 'docswrite', 'never', '--json'),
      jobtrack(env, 'cancel', workflowId, '--json'),
    ]);
    for (const { code, json } of [result, cancel]) {
      expect([code, json()]).toEqual([
        4,
        { error: { code: 'not-tracked', message: expect.stringContaining(workflowId), hint: expect.any(String) } },
      ]);
    }
  });

  test('2: wrong input, with the names that were typed', async () => {
    const cases = [
      [['track', 'nonesuch', '1'], '<provider> must be one of docswrite, deepwriter'],
      [['track', 'deepwriter', 'no-uuid'], '<jobId> must be a uuid'],
      [['status', 'docswrite', '1', '--namespace', 'nowhere'], 'no namespace nowhere'],
    ] as const;
    const ended = await Promise.all(cases.map(([command]) => jobtrack(env, ...command, '--json')));
    expect(ended.map(({ code }) => code)).toEqual([2, 2, 2]);
    ended.forEach(({ json }, index) =>
      expect((json() as { error: { message: string } }).error.message).toContain(cases[index]?.[1]),
    );
  });

  test('2: a job that a worker refused, started in any way', async () => {
    const workflowId = `e2e-refused-${randomUUID()}`;
    await client.workflow.start('trackJob', {
      workflowId,
      taskQueue,
      args: [{ job: { provider: 'docswrite', jobId: '' } }],
    });
    const result = await jobtrack(env, 'result', workflowId, '--json');
    expect([result.code, result.json()]).toEqual([2, { error: expect.objectContaining({ code: 'invalid-job' }) }]);
  });

  test('3: Temporal that cannot be reached, with the reason', async () => {
    const ended = await jobtrack(env, 'status', 'docswrite', '1', '--address', '127.0.0.1:1', '--json');
    const message = 'Temporal cannot be reached at 127.0.0.1:1: connection refused';
    expect([ended.code, ended.json()]).toEqual([
      3,
      { error: { code: 'temporal-unreachable', message, hint: expect.any(String) } },
    ]);
  });

  test('3: no worker; track still stores the job, and says so', async () => {
    const alone = { ...env, JOBTRACK_TASK_QUEUE: `e2e-alone-${randomUUID()}` };
    const jobId = await docswriteJob({ scenario: 'long' });
    const track = await jobtrack(alone, 'track', 'docswrite', jobId, '--json');
    expect([track.code, (track.json() as { planned: boolean }).planned]).toEqual([0, false]);
    expect(track.stderr).toContain('the job is stored, but no worker has planned it');
    const status = await jobtrack(alone, 'status', 'docswrite', jobId, '--json');
    expect([status.code, status.json()]).toEqual([
      3,
      { error: expect.objectContaining({ code: 'worker-unreachable' }) },
    ]);
  });
});
