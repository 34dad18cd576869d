import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

const run = promisify(execFile);
let rig: Rig;

beforeAll(async () => {
  rig = await startDevServerRig();
});
afterAll(() => rig?.close());

/** Runs the plain `temporal` command line, like a caller in any language. */
async function temporal(...args: string[]): Promise<string> {
  const { stdout } = await run(inject('temporalExecutable'), [...args, '--address', inject('temporalAddress')]);
  return stdout;
}

function start(workflowId: string, input: unknown): Promise<string> {
  const named = ['--type', 'trackJob', '--task-queue', rig.taskQueue, '--workflow-id', workflowId];
  return temporal('workflow', 'start', ...named, '--input', JSON.stringify(input));
}

async function closed(workflowId: string): Promise<{ status: string }> {
  const shown = await temporal('workflow', 'result', '--workflow-id', workflowId, '-o', 'json').catch(
    (error: { stdout: string }) => error.stdout,
  );
  return JSON.parse(shown) as { status: string };
}

async function query(workflowId: string, name: string): Promise<unknown> {
  const shown = await temporal('workflow', 'query', '--workflow-id', workflowId, '--type', name, '-o', 'json');
  return (JSON.parse(shown) as { queryResult: unknown[] }).queryResult[0];
}

test('a job started by name is followed like one started by the client', async () => {
  const { jobId } = await rig.docswrite.control.createJob({ scenario: 'success', params: { stepPolls: 1 } });
  const job = { provider: 'docswrite', jobId };
  await start(workflowIdOf(job), { job });
  const attached = await (await rig.tracker.track(job)).result();
  expect(attached).toMatchObject({ status: 'completed', job: { ...job, queueType: 'post', account: 'default' } });
  const { status, polls, detectedAt } = attached;
  expect(await closed(workflowIdOf(job))).toMatchObject({ status: 'COMPLETED', result: { status, polls, detectedAt } });
});

test('I4: signalled, queried and updated by name, with JSON or nothing, it behaves the same', async () => {
  const { jobId } = await rig.deepwriter.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const job = { provider: 'deepwriter', jobId };
  const workflowId = workflowIdOf(job);
  await start(workflowId, { job, labels: { team: 'a' }, polling: { mode: 'fixed', intervalMs: 60_000 } });
  await expect
    .poll(() => query(workflowId, 'progress'))
    .toMatchObject({ state: 'running', progress: 10, labels: { team: 'a' } });
  const update = ['--workflow-id', workflowId, '--name', 'setLimits', '--input', '{"totalMs":7200000}', '-o', 'json'];
  expect(JSON.parse(await temporal('workflow', 'update', 'execute', ...update))).toMatchObject({
    result: { totalMs: 7_200_000 },
  });
  await temporal('workflow', 'signal', '--workflow-id', workflowId, '--name', 'refresh');
  await temporal('workflow', 'signal', '--workflow-id', workflowId, '--name', 'cancel');
  expect(await closed(workflowId)).toMatchObject({
    status: 'COMPLETED',
    result: { status: 'cancelled', by: 'request' },
  });
  expect(await query(workflowId, 'timeline')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ note: 'cancel requested' }),
      expect.objectContaining({ state: 'running' }),
    ]),
  );
});

test('wrong input by name ends the workflow as InvalidJob, with the field in the message', async () => {
  const workflowId = `job:${rig.taskQueue}`;
  await start(workflowId, { job: { provider: 'deepwriter', jobId: '42', queueType: 'x' }, polling: { intervalMs: 1 } });
  const ending = await closed(workflowId);
  expect(ending.status).toBe('FAILED');
  expect(JSON.stringify(ending)).toMatch(/job\.queueType.*job\.jobId.*polling\.intervalMs/);
});
