import { WorkflowFailedError } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/client';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wire } from '../../src/contract.ts';
import { inputProblems } from '../../src/domain/input.ts';
import type { HostileRig } from '../support/hostile-rig.ts';
import { each, expectAllRunning, expectReplay, oddSeed, startHostileRig } from '../support/hostile-rig.ts';
import { bigJson, nearly, oddJson, oddText } from '../support/odd.ts';

// Whatever a caller sends ends in `InvalidJob` or is taken; it ends no worker, and delays no other job.

const STARTS = 3_000;
const SIGNALS = 3_000;
const UPDATES = 4_000;

const seed = oddSeed('odd inputs');
let rig: HostileRig;
beforeAll(async () => {
  rig = await startHostileRig(seed);
});
afterAll(() => rig?.teardown.run());

const sampled = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number): Value[] =>
  fc.sample(arbitrary, { seed, numRuns });

const interval = fc.integer({ min: -1, max: 100_000 });
const anyInput = nearly({
  job: nearly({
    provider: fc.constantFrom('docswrite', 'deepwriter'),
    jobId: fc.uuid(),
    account: oddText,
    queueType: oddText,
  }),
  polling: nearly({ mode: fc.constantFrom('fixed', 'adaptive'), intervalMs: interval, minIntervalMs: interval }),
  limits: nearly({ totalMs: interval, onLimit: fc.constantFrom('stop', 'alert') }),
  labels: fc.dictionary(oddText, oddText, { maxKeys: 30 }),
});
const anyInputs = fc.oneof({ arbitrary: anyInput, weight: 300 }, { arbitrary: bigJson, weight: 1 });
const anySecond = fc.option(oddJson, { nil: undefined });
const anyRequest = nearly({ reason: oddText, by: oddText, id: oddText, waitForMs: fc.constant(0) });

async function aJob(plan: object): Promise<string> {
  const response = await fetch(`${rig.simulators.deepwriter.url}/_control/create-job`, {
    method: 'POST',
    body: JSON.stringify({ scenario: 'frozen', ...plan }),
  });
  return ((await response.json()) as { jobId: string }).jobId;
}

test('I9: no start, signal or update that anybody can send ends a worker or keeps a job beside it waiting', async () => {
  const { client, taskQueue, tracker, workers } = rig;
  const polling = { mode: 'fixed', intervalMs: '1s' } as const;
  const jobId = await aJob({});
  const healthy = await tracker.track({ provider: 'deepwriter', jobId }, { polling });
  const refusing = { cancel: { rest: { action: { kind: 'answer', status: 400, json: { error: 'Cancel refused' } } } } };
  const asked = await Promise.all(Array.from({ length: 8 }, () => aJob(refusing)));
  const targets = await Promise.all(
    asked.map((id) => tracker.track({ provider: 'deepwriter', jobId: id }, { polling })),
  );
  const target = (n: number) => client.workflow.getHandle(targets[n % targets.length]?.workflowId ?? '');
  const pollsBefore = (await healthy.progress()).polls;

  const inputs = sampled(fc.tuple(anyInputs, anySecond), STARTS);
  const started: { id: string; isWrong: boolean }[] = [];
  await each(inputs, async ([input, second], n) => {
    const id = `odd-${seed}-${taskQueue}-${n}`;
    const args = second === undefined ? [input] : [input, second];
    await client.workflow.start(wire.workflow, { workflowId: id, taskQueue, args });
    started.push({ id, isWrong: inputProblems(JSON.parse(JSON.stringify(input ?? null))).length > 0 });
  });
  await each(sampled(anyRequest, SIGNALS), (request, n) => {
    const name = n % 3 === 0 ? wire.signals.cancel : n % 3 === 1 ? wire.signals.refresh : 'nobody knows this one';
    return target(n).signal(name, request);
  });
  const answered = { refused: 0, taken: 0 };
  await each(
    sampled(
      fc.oneof(anyRequest, nearly({ totalMs: fc.integer({ min: 3_600_000, max: 9_000_000 }), stalledMs: interval })),
      UPDATES,
    ),
    async (sent, n) => {
      const isCancel = n % 4 === 0;
      const name = isCancel
        ? wire.updates.requestCancel
        : n % 50 === 1
          ? 'nobody knows this one'
          : wire.updates.setLimits;
      const args: [unknown] = [isCancel ? { ...(sent as object), waitForMs: 0 } : sent];
      await target(n)
        .executeUpdate<unknown, [unknown]>(name, { args })
        .then(
          () => (answered.taken += 1),
          () => (answered.refused += 1),
        );
    },
  );

  expect(Math.min(answered.refused, answered.taken)).toBeGreaterThan(100);
  const wrong = started.filter(({ isWrong }) => isWrong);
  expect(wrong.length).toBeGreaterThan(STARTS / 2);
  await each(wrong, async ({ id }) => {
    const failure = await client.workflow
      .getHandle(id)
      .result()
      .then(
        () => null,
        (error: unknown) => error,
      );
    const cause = failure instanceof WorkflowFailedError ? (failure.cause as ApplicationFailure) : null;
    expect([id, cause?.type]).toEqual([id, wire.invalidJob]);
    expect(cause?.message.length).toBeLessThan(5_000);
  });
  await expect.poll(async () => (await healthy.progress()).polls).toBeGreaterThan(pollsBefore + 20);
  const { health, outcome } = await healthy.progress();
  expect([health.status, outcome]).toEqual(['ok', null]);
  for (const { workflowId } of targets) expect((await tracker.get(workflowId).progress()).state).toBe('running');
  expect(workers).toHaveLength(3);
  expectAllRunning(workers);
  // What came in between must not make a replay differ from the run: a worker that takes the job over would be stuck with it.
  for (const { workflowId } of targets) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    await expectReplay(history, workflowId);
  }
  await Promise.all([healthy, ...targets].map(({ workflowId }) => client.workflow.getHandle(workflowId).terminate()));
});
