import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { InvalidFilterError, type JobSummary, type TrackedJob } from '../../src/client.ts';
import { commandLineOf } from '../support/command-line.ts';
import { startDevServerRig } from '../support/dev-server-rig.ts';
import type { Rig } from '../support/rig.ts';

let rig: Rig;
let jobtrack: ReturnType<typeof commandLineOf>;

beforeAll(async () => {
  rig = await startDevServerRig();
  jobtrack = commandLineOf({ TEMPORAL_ADDRESS: inject('temporalAddress'), JOBTRACK_TASK_QUEUE: rig.taskQueue });
});
afterAll(() => rig?.close());

async function track(labels: Record<string, string>): Promise<TrackedJob> {
  const { jobId } = await rig.docswrite.control.createJob({ scenario: 'long', params: { steps: 100_000 } });
  const polling = { mode: 'fixed', intervalMs: 1_000 } as const;
  return rig.tracker.track({ provider: 'docswrite', jobId }, { polling, labels });
}

/** Polls the count, because visibility is a little later than the histories. */
const counted = (labels: Record<string, string>, state = 'running') =>
  expect.poll(() => rig.tracker.count({ labels, state }));

const idsOf = (jobs: unknown): string[] => (jobs as JobSummary[]).map(({ workflowId }) => workflowId).toSorted();

test('a list that is cut says so on stderr, with the count; with --limit all it is complete', async () => {
  const labels = { cut: rig.taskQueue };
  const all = (await Promise.all([track(labels), track(labels), track(labels)])).map(({ workflowId }) => workflowId);
  await counted(labels).toBe(3);
  const list = (...options: string[]) => jobtrack('list', '--label', `cut=${labels.cut}`, ...options);
  for (const options of [['--json'], []]) {
    const { exitCode, stderr } = await list('--limit', '2', ...options);
    expect([exitCode, stderr]).toEqual([0, 'warning: only the 2 newest of 3 jobs; --limit all lists all\n']);
  }
  expect(idsOf((await list('--limit', '2', '--json')).json())).toHaveLength(2);
  for (const limit of ['all', '3']) {
    const whole = await list('--limit', limit, '--json');
    expect([whole.exitCode, whole.stderr, idsOf(whole.json())]).toEqual([0, '', all.toSorted()]);
  }
});

test('filters for running, open and closed jobs differ, and an ended job is found by its outcome', async () => {
  const labels = { open: rig.taskQueue };
  const [goesOn, ends] = await Promise.all([track(labels), track(labels)]);
  await counted(labels).toBe(2);
  await ends.cancel();
  await ends.result();
  await counted(labels, 'abandoned').toBe(1);
  const list = async (...filter: string[]): Promise<string[]> =>
    idsOf((await jobtrack('list', '--label', `open=${labels.open}`, '--json', ...filter)).json());
  expect(await list('--state', 'running')).toEqual([goesOn.workflowId]);
  expect(await list('--open')).toEqual([goesOn.workflowId]);
  expect(await list('--state', 'abandoned')).toEqual([ends.workflowId]);
  await expect.poll(() => list('--closed')).toEqual([ends.workflowId]);
});

describe('a label of any text', () => {
  const found = [
    "it's",
    '100%',
    'under_score',
    'Grüße',
    '日本語',
    '😀',
    'two words',
    'a=b',
    '(x) AND *',
    '$1',
    '--',
    ';',
    '`',
    '# |',
    'null',
  ];
  const refused = ['"', 'a"b', '{"a":1}', 'back\\slash', "\\'", "''", 'x♡y'];

  test('is found, exactly as it is written', async () => {
    const labelsOf = (value: string) => ({ [`k-${rig.taskQueue}`]: value });
    const values = [...found, 'Two Words'];
    const ids = await Promise.all(values.map(async (value) => (await track(labelsOf(value))).workflowId));
    for (const [index, value] of values.entries()) {
      const listed = async () => {
        const jobs = [];
        for await (const job of rig.tracker.list({ labels: labelsOf(value) })) jobs.push(job.workflowId);
        return jobs;
      };
      await expect.poll(listed, { message: value }).toEqual([ids[index]]);
    }
  });

  test.each(refused)('is refused by the filter if a database of Temporal would not find it: %s', async (value) => {
    const said = await jobtrack('list', '--label', `team=${value}`, '--json');
    const message = "--label team cannot be searched for: Temporal's stores do not find a text with \", \\, ♡ or ''";
    expect([said.exitCode, said.json()]).toEqual([2, { error: { code: 'invalid-filter', message, hint: null } }]);
    await expect(rig.tracker.count({ labels: { team: value } })).rejects.toThrow(InvalidFilterError);
  });

  test.each(['provider', 'account', 'state', 'health'])(
    'as the %s of a filter finds nothing, or is refused',
    async (field) => {
      for (const value of found) expect(await rig.tracker.count({ [field]: value })).toBe(0);
      for (const value of refused)
        await expect(rig.tracker.count({ [field]: value })).rejects.toThrow(`${field} cannot be searched for`);
    },
  );
});
