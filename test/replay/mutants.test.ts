import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readHistory, recordedHistories } from './histories.ts';

// These tests prove that the replay test can fail: each of these changes of the workflow must fail for a history.

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const mutants = fileURLToPath(new URL('./mutant-', import.meta.url)); // the folder is in the project, because its packages are found from there
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(mutants);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Change {
  file: string;
  from: string;
  to: string;
}

/** @returns a bundle of the workflow code with these changes. Each change must apply exactly once */
async function bundleOf(name: string, changes: readonly Change[]): Promise<string> {
  const copy = join(folder, name.replaceAll(/\W+/g, '-'));
  for (const part of ['workflows', 'tracking', 'contract', 'polling'])
    cpSync(join(src, part), join(copy, part), { recursive: true });
  for (const { file, from, to } of changes) {
    const code = readFileSync(join(copy, file), 'utf8');
    expect(code.split(from), `${file} has changed: say anew what to change`).toHaveLength(2);
    writeFileSync(
      join(copy, file),
      code.replace(from, () => to),
    );
  }
  const options = { workflowsPath: join(copy, 'workflows/index.ts'), logger: new DefaultLogger('ERROR') };
  return (await bundleWorkflowCode(options)).code;
}

/** @returns the histories that do not replay, with the error */
async function refusals(code: string): Promise<Record<string, Error>> {
  const found: Record<string, Error> = {};
  const recorded = Object.entries(recordedHistories());
  const histories = recorded.map(([name, { workflowId }]) => ({ workflowId, history: readHistory(name) }));
  let at = 0;
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories as never)) {
    if (error !== undefined) found[recorded[at]?.[0] ?? ''] = error;
    at++;
  }
  expect(at).toBe(recorded.length);
  return found;
}

test('a copy that was not changed replays all', async () => {
  expect(await refusals(await bundleOf('unchanged', []))).toEqual({});
});

const never = 'await new Promise<never>(() => undefined)';
const cases: [title: string, ...changes: Change[]][] = [
  [
    'leaves out the status activity',
    { file: 'workflows/poll.ts', from: 'await checkJobStatus.executeWithOptions(options, [request])', to: never },
  ],
  [
    'leaves out the cancel activity',
    {
      file: 'workflows/cancel-loop.ts',
      from: 'cancelJob.executeWithOptions(options, [request])',
      to: 'new Promise<never>(() => undefined)',
    },
  ],
  [
    'leaves out the plan',
    { file: 'workflows/plan.ts', from: 'await planJob(toDepth(input, MAX_DEPTH) as TrackJobInput)', to: never },
  ],
  [
    'swaps two activities',
    { file: 'workflows/poll.ts', from: 'const { checkJobStatus } =', to: 'const { cancelJob: checkJobStatus } =' },
    { file: 'workflows/cancel-loop.ts', from: 'const { cancelJob } =', to: 'const { checkJobStatus: cancelJob } =' },
  ],
  [
    'waits without a timer',
    {
      file: 'workflows/track-job.ts',
      from: 'condition(isOver, step.forMs,',
      to: 'condition(isOver, undefined as never,',
    },
  ],
  [
    'decides to poll where it waited',
    { file: 'tracking/decide.ts', from: 'return waitMs > holdMsOf(request.plan)', to: 'return waitMs > 1e9' },
  ],
  [
    'never writes a search attribute',
    { file: 'workflows/show.ts', from: 'if (changed.length > 0)', to: 'if (changed.length > 99)' },
  ],
  [
    'shows how tracking ended as the state, also in a run that began without that rule',
    { file: 'workflows/show.ts', from: "return patched('state-shows-the-end') ?", to: 'return (outcome as object) ?' },
  ],
  [
    'lets an unknown word stall, also in a run that began without that rule',
    {
      file: 'workflows/rules.ts',
      from: "unknownStalls: patched('an-unknown-word-stalls')",
      to: 'unknownStalls: event.atMs > 0',
    },
  ],
];

describe('I10: the replay gate closes on a workflow that', () => {
  test.each(cases)('%s', async (title, ...changes) => {
    const found = await refusals(await bundleOf(title, changes));
    const [error] = Object.values(found);
    expect(error?.name).toMatch(/^(DeterminismViolationError|ReplayError)$/);
  });
});
