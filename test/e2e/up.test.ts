import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { isRunning, scratchFolder } from '../support/scratch.ts';
import { cleanEnv, jobtrack, type Running, startJobtrack } from './jobtrack.ts';

interface Ready {
  address: string;
  ui: string;
  serverPid: number;
  workerPid: number;
  simulators: { docswrite: string; deepwriter: string };
}

async function start(...command: string[]): Promise<Running> {
  const running = await startJobtrack(cleanEnv({ JOBTRACK_TASK_QUEUE: `e2e-${randomUUID()}` }), ...command);
  onTestFinished(() => running.child.kill());
  return running;
}

function ready<T>({ stdout, stderr }: Running): Promise<T> {
  return eventually(() => {
    expect(stdout, stderr.join('\n')).toHaveLength(1);
    expect(stdout[0]).not.toContain('"error"');
    return JSON.parse(stdout[0] ?? '') as T;
  });
}

async function createJob(url: string): Promise<string> {
  const response = await fetch(`${url}/_control/create-job`, {
    method: 'POST',
    body: JSON.stringify({ scenario: 'success', params: { stepMs: 100 } }),
  });
  return ((await response.json()) as { jobId: string }).jobId;
}

test('up serves jobs, replaces a worker that dies, and leaves no process behind after Ctrl-C', async () => {
  const up = await start('up', '--simulate', '--db', join(await scratchFolder(), 'jobs.db'), '--json');
  const { address, ui, simulators, serverPid, workerPid } = await ready<Ready>(up);
  expect((await fetch(ui)).status).toBe(200);
  process.kill(workerPid, 'SIGKILL');
  const pid = await eventually(() => {
    const line = up.stderr.find((text) => text.startsWith('worker ready')) ?? '';
    expect(line, up.stderr.join('\n')).not.toBe('');
    return Number(/pid (\d+)/.exec(line)?.[1]);
  });
  expect(up.stderr.filter((text) => text.startsWith('the worker'))).toEqual([
    'the worker ended (SIGKILL); a new one starts in 1 s',
  ]);

  const env = cleanEnv({ TEMPORAL_ADDRESS: address, JOBTRACK_TASK_QUEUE: await taskQueueOf(up) });
  const jobId = await createJob(simulators.docswrite);
  const tracked = await jobtrack(env, 'track', 'docswrite', jobId, '--interval', '1s', '--wait', '--json');
  expect([tracked.code, (tracked.json() as { status: string }).status]).toEqual([0, 'completed']);

  expect([serverPid, pid].filter(isRunning)).toEqual([serverPid, pid]);
  process.kill(up.child.pid, 'SIGINT');
  expect(await up.child.exited).toEqual({ code: 0, signal: null });
  expect([serverPid, workerPid, pid].filter(isRunning)).toEqual([]);
});

async function taskQueueOf({ stdout }: Running): Promise<string> {
  return (JSON.parse(stdout[0] ?? '') as { taskQueue: string }).taskQueue;
}

test('up ends with 3 when its server dies', async () => {
  const up = await start('up', '--simulate', '--json');
  const { serverPid, workerPid } = await ready<Ready>(up);
  process.kill(serverPid, 'SIGKILL');
  expect(await up.child.exited).toEqual({ code: 3, signal: null });
  expect(JSON.parse(up.stdout[1] ?? '')).toEqual({ error: expect.objectContaining({ code: 'server-ended' }) });
  expect(isRunning(workerPid)).toBe(false);
});

test('simulate plays both services until it is stopped', async () => {
  const simulate = await start('simulate', '--json');
  const { docswrite, deepwriter, env } = await ready<{
    docswrite: string;
    deepwriter: string;
    env: Record<string, string>;
  }>(simulate);
  expect(await createJob(docswrite)).toMatch(/^\d+$/);
  expect(await createJob(deepwriter)).toMatch(/^[0-9a-f-]{36}$/);
  expect(env).toMatchObject({ DOCSWRITE_BASE_URL: docswrite, DEEPWRITER_BASE_URL: deepwriter });
  process.kill(simulate.child.pid, 'SIGTERM');
  expect(await simulate.child.exited).toEqual({ code: 0, signal: null });
});
