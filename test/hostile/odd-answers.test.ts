import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobRef } from '../../src/contract/job.ts';
import {
  each,
  expectAllRunning,
  expectNoFailedTask,
  expectReplay,
  followHealthyJob,
  type HealthyJob,
  type HostileRig,
  oddSeed,
  shareOf,
  startHostileRig,
  terminateAll,
} from '../support/hostile-rig.ts';
import { patiently } from '../support/patiently.ts';
import { STATUSES } from '../support/odd-answers.ts';
import { type OddService, startOddService } from '../support/odd-service.ts';

// Any answer of a service is read, or is trouble of the call. No answer ends a worker, stops a workflow, or delays another job.

const ANSWERS = shareOf(10_000);
/** Each lane has one job, which is polled once a second. So this many answers take some seconds, also on a fast machine. */
const LANES = 160;
const MARK_EVERY = 1_000;
const ACCOUNTS = 16;
const SECRET = 'dw_live_CANARY+0123456789/abcdef';

const seed = oddSeed('odd answers');
const events = new EventEmitter();
const enough = once(events, 'enough');
let rig: HostileRig;
let service: OddService;
let healthy: HealthyJob;

/** Several accounts for each service, because a pause of one account defers only its own jobs. */
function accounts(url: string): Record<string, object> {
  const entry = (n: number): [string, object] => [
    `odd-${n}`,
    { provider: n % 2 === 0 ? 'docswrite' : 'deepwriter', baseUrl: url, tokenEnv: 'ODD_TOKEN' },
  ];
  return Object.fromEntries(Array.from({ length: ACCOUNTS }, (_, n) => entry(n)));
}

function onAnswer(answers: number): void {
  if (answers % MARK_EVERY === 0) healthy.mark();
  if (answers === ANSWERS) events.emit('enough');
}

beforeAll(async () => {
  service = await startOddService({ seed, secret: SECRET, onAnswer });
  const folder = await mkdtemp(join(tmpdir(), 'jobtrack-odd-'));
  const file = join(folder, 'accounts.json');
  await writeFile(file, JSON.stringify(accounts(service.url)));
  rig = await startHostileRig(seed, (teardown) => {
    teardown.add(() => service.close());
    teardown.add(() => rm(folder, { recursive: true }));
    return Promise.resolve({ JOBTRACK_ACCOUNTS: file, ODD_TOKEN: SECRET, JOBTRACK_LOG_LEVEL: 'debug' });
  });
});
afterAll(() => rig?.teardown.run());

const refOf = (n: number): JobRef => ({
  provider: n % 2 === 0 ? 'docswrite' : 'deepwriter',
  jobId: n % 2 === 0 ? String(9_007_199_254_740_993n + BigInt(n)) : randomUUID(),
  account: `odd-${n % ACCOUNTS}`,
});

/** @returns all texts in a history, with decoded payloads */
function textsOf(history: unknown): string {
  return JSON.stringify(history, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
}

// Parts of the credential in all forms in which the service echoes it. This check does not use the code that masks.
const base64 = [0, 1, 2].map((shift) =>
  Buffer.from(`${'\0'.repeat(shift)}${SECRET}`)
    .toString('base64')
    .slice(4, -4),
);
const FORMS = ['CANARY', ...base64, Buffer.from('CANARY').toString('hex'), encodeURIComponent('CANARY+0123456789/')];

/** @returns the forms of the credential in a text, also those with invisible characters in between */
function leaksIn(text: string): string[] {
  const bare = text.replaceAll(/\\+u(?:0007|001b\[31m|200b)|[\p{Cc}\u200b\\]/gu, '');
  return FORMS.filter((form) => text.includes(form) || bare.includes(form));
}

interface Followed {
  tracked: string[];
  ended: Map<string, number>;
}

/** Tracks one job after the other, each to its end, until the service has given enough answers. */
async function followAll(): Promise<Followed> {
  const followed: Followed = { tracked: [], ended: new Map() };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (service.answers < ANSWERS) {
      next += 1;
      const n = next;
      const ref = refOf(n);
      const job = await patiently(() => rig.tracker.track(ref, { polling: { mode: 'fixed', intervalMs: '1s' } }));
      followed.tracked.push(job.workflowId);
      if (n % 4 === 1 || n % 20 === 0) await job.cancel({ reason: 'odd', waitForMs: 0 }).catch(() => undefined);
      const end = job.result({ patienceMs: Number.POSITIVE_INFINITY }).then(
        ({ status }) => status,
        (error: unknown) => (error instanceof Error ? error.name : 'no error'),
      );
      const status = await Promise.race([end, enough.then(() => 'open')]);
      followed.ended.set(status, (followed.ended.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return followed;
}

test('I5, I2: no answer of a service ends a worker, stops a workflow, shows the credential or delays another job', async () => {
  healthy = await followHealthyJob(rig);
  const { tracked, ended } = await followAll();
  console.info(`${service.answers} answers`, Object.fromEntries(service.paths), Object.fromEntries(ended));

  for (const path of ['/api/job/status', '/api/getJobStatus'])
    expect(service.paths.get(path)).toBeGreaterThan(shareOf(1_000));
  expect(service.paths.get('/api/cancelJob')).toBeGreaterThan(shareOf(100));
  expect(service.statuses.size).toBe(STATUSES.last - STATUSES.first + 1);
  expectAllRunning(rig.workers);
  await healthy.expectServed();

  const open: string[] = [];
  const sample: Parameters<typeof expectReplay>[] = [];
  await each(tracked, async (workflowId, index) => {
    const handle = rig.client.workflow.getHandle(workflowId);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') {
      open.push(workflowId);
      // A workflow whose task fails repeatedly would not answer.
      expect((await patiently(() => rig.tracker.get(workflowId).progress())).polls).toBeGreaterThanOrEqual(0);
    }
    const history = await handle.fetchHistory();
    expectNoFailedTask(history, workflowId);
    expect([workflowId, leaksIn(textsOf(history))]).toEqual([workflowId, []]);
    if (index % 10 === 0) sample.push([history, workflowId]);
  });
  // They run one after the other: the SDK's runtime fails if a replay begins while another one ends.
  for (const [history, workflowId] of sample) await expectReplay(history, workflowId);
  const logged = rig.workers.flatMap(({ stdout, stderr }) => [...stdout, ...stderr]);
  expect(logged.length).toBeGreaterThan(100);
  expect(leaksIn(logged.join('\n'))).toEqual([]);
  await terminateAll(rig.client, open);
});
