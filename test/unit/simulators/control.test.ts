import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  DEEPWRITER_API_KEY,
  startSimulator,
  type Step,
  type Simulator,
  type SimulatorOptions,
} from '../../../src/simulators/simulator.ts';
import { connectControl } from '../../support/remote-control.ts';
import { sourceFilesIn } from '../../support/source-files.ts';
import { askCancel, readStatus } from './play.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const running: Simulator[] = [];
async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ service: 'deepwriter', now: () => NOW, ...options });
  running.push(simulator);
  return simulator;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

describe('the control API', () => {
  test('is the same over HTTP as in process', async () => {
    const { url, control } = await start();
    const remote = connectControl(url);
    const job = await remote.createJob({ scenario: 'success', params: { stepMs: 100 } });
    await readStatus(url, job);
    expect(await remote.clock.advance(350)).toBe(NOW + 350);
    await remote.addFault({ preset: 'server-error', times: 1 });
    await readStatus(url, job);
    const [here, there] = await Promise.all(
      [control, remote].map((one) =>
        Promise.all([
          one.job(job.jobId),
          one.jobs(),
          one.requests({ jobId: job.jobId }),
          one.violations(),
          one.trapped(),
          one.state(),
          one.scenarios(),
          one.clock.now(),
        ]),
      ),
    );
    expect(there).toEqual(here);
    expect(here?.[0]).toMatchObject({ status: 'in_progress', progress: 10, polls: 2, answered: 1 });
  });

  test('refuses unknown values with a sentence, over HTTP too', async () => {
    const remote = connectControl((await start()).url);
    await expect(remote.createJob({ scenario: 'nonsense' })).rejects.toThrow(/no scenario nonsense/);
    await expect(remote.addFault({ preset: 'nonsense' })).rejects.toThrow(/no fault preset nonsense/);
    await expect(remote.job('nonsense')).rejects.toThrow(/no job nonsense/);
    await expect(remote.pause()).rejects.toThrow(/needs forMs/);
  });

  test('a pause over HTTP ends by itself', async () => {
    const { url } = await start();
    const remote = connectControl(url);
    await remote.pause({ forMs: 40 });
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => 'up',
            () => 'refused',
          ),
        { interval: 5 },
      )
      .toBe('refused');
    await expect.poll(() => remote.clock.now().catch(() => 0)).toBe(NOW);
  });

  test('the log has the caller, the time, the answer and the number of open requests, masked', async () => {
    const { url, control } = await start();
    const job = await control.createJob({ scenario: 'frozen' });
    await control.addFault({ preset: 'slow-headers', params: { ms: 80 }, times: 1 });
    const first = readStatus(url, job);
    await expect.poll(async () => (await control.requests()).length).toBe(1);
    await Promise.all([first, readStatus(url, job)]);
    await askCancel(url, job);
    const log = await control.requests({ jobId: job.jobId });
    expect(log.map(({ method, route, status, inFlight, fault }) => [method, route, status, inFlight, fault])).toEqual([
      ['GET', 'status', 200, 1, 'fault-1'],
      ['GET', 'status', 200, 2, null],
      ['POST', 'cancel', 200, 1, null],
    ]);
    expect(log[2]).toMatchObject({
      atMs: NOW,
      body: { jobId: job.jobId },
      headers: { 'x-api-key': `fake…(${DEEPWRITER_API_KEY.length})` },
    });
    expect(await control.requests({ route: 'cancel' })).toHaveLength(1);
    await expect.poll(async () => (await control.violations()).map(({ kind }) => kind)).toEqual(['overlapping-reads']);
  });

  test('a script advances by time and by reads, and the truth has the exact time of the end', async () => {
    const { url, control } = await start();
    const steps: Step[] = [
      { untilPoll: 2, answer: { status: 'queued' } },
      { answer: { status: 'in_progress', progress: 5 } },
      { afterMs: 60_000, answer: { status: 'completed' } },
    ];
    const job = await control.createJob({ scenario: 'script', steps, expected: { status: 'completed' } });
    const seen: unknown[] = [];
    for (let n = 0; n < 3; n += 1) seen.push((await readStatus(url, job)).json?.['status']);
    await control.clock.advance(90_000);
    seen.push((await readStatus(url, job)).json?.['status']);
    expect(seen).toEqual(['queued', 'queued', 'in_progress', 'completed']);
    expect(await control.job(job.jobId)).toMatchObject({
      endedAtMs: NOW + 60_000,
      polls: 4,
      expected: { status: 'completed' },
    });
  });

  test('a skew moves the Date header and the timestamps, not the jobs', async () => {
    const { url, control } = await start();
    const job = await control.createJob({ scenario: 'frozen' });
    await control.clock.skew(-3_600_000);
    const { json, headers } = await readStatus(url, job);
    expect([json?.['created_at'], headers.get('date')]).toEqual([
      '2026-01-15T11:00:00.000Z',
      'Thu, 15 Jan 2026 11:00:00 GMT',
    ]);
    expect(await control.job(job.jobId)).toMatchObject({ createdAtMs: NOW });
  });

  test('a step that waits for a release begins at the time of the call, over HTTP too', async () => {
    const { url, control } = await start();
    const steps = [{ answer: { status: 'in_progress' } }, { afterRelease: true, answer: { status: 'completed' } }];
    const ends = await control.createJob({ scenario: 'script', steps });
    const confirm = { afterRelease: true };
    const cancelled = await control.createJob({ scenario: 'script', steps: steps.slice(0, 1), cancel: { confirm } });
    await askCancel(url, cancelled);
    const words = async (): Promise<string[]> =>
      Promise.all([ends, cancelled].map(async ({ jobId }) => (await control.job(jobId)).status));
    await control.clock.advance(3_600_000);
    expect(await words()).toEqual(['in_progress', 'in_progress']);
    for (const { jobId } of [ends, cancelled]) await connectControl(url).release(jobId);
    expect(await words()).toEqual(['completed', 'cancelled']);
    expect((await control.job(ends.jobId)).endedAtMs).toBe(await control.clock.now());
  });

  test('the same seed gives the same ids, another seed gives others; a reset starts again', async () => {
    const [one, same, other] = await Promise.all([start({ seed: 7 }), start({ seed: 7 }), start({ seed: 8 })]);
    const ids = await Promise.all(
      [one, same, other].map(async ({ control }) => (await control.createJob({ scenario: 'frozen' })).jobId),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
    await one.control.reset();
    expect(await one.control.jobs()).toEqual([]);
  });
});

test('a restart with the same file keeps jobs, counts, faults, credentials and the clock', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  try {
    const statePath = join(folder, 'state.json');
    const before = await start({ statePath });
    const job = await before.control.createJob({ scenario: 'changes', params: { changes: 3, unchanged: 2 } });
    await readStatus(before.url, job);
    await before.control.clock.advance(5000);
    await before.control.addFault({ preset: 'server-error', fromCall: 2 });
    await before.control.setCredential({
      token: 'next-key',
      style: 'x-api-key',
      status: 'valid',
      replaces: DEEPWRITER_API_KEY,
    });
    const kept = await before.control.state();
    await before.close();
    const after = await start({ statePath });
    expect(await after.control.state()).toEqual(kept);
    const next = await readStatus(after.url, { ...job, credential: { token: 'next-key', style: 'x-api-key' } });
    expect(next.json).toMatchObject({ progress: 2 });
    expect(await after.control.addFault({ preset: 'no-answer' })).toBe('fault-2');
    expect(readdirSync(folder)).toEqual(['state.json']);
    await after.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the simulators import nothing of ours, so that they share no mistake with the adapters', () => {
  const folder = join(import.meta.dirname, '../../../src/simulators');
  const files = sourceFilesIn(folder);
  const imports = files.flatMap((file) =>
    [
      ...readFileSync(join(folder, file), 'utf8').matchAll(
        /^(?:import|export|\}).* from '([^']+)'|import\('([^']+)'\)/gm,
      ),
    ].map(([, name, lazily]) => {
      const from = name ?? lazily ?? '';
      return from.startsWith('.') ? join(folder, file, '..', from) : from;
    }),
  );
  expect(imports.length).toBeGreaterThan(50);
  const isAllowed = (from: string): boolean =>
    from.startsWith(`${folder}/`) || /^(node:[a-z/]+|hono|@hono\/node-server)$/.test(from);
  expect(imports.filter((from) => !isAllowed(from))).toEqual([]);
});
