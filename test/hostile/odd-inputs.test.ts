import {
  type ApplicationFailure,
  QueryNotRegisteredError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GRPC, grpcCodeOf } from '../../src/client-library/grpc.ts';
import { DEFAULT_POOL, statusQueueOf, wire } from '../../src/contract/index.ts';
import type { Problem } from '../../src/contract/problem.ts';
import {
  each,
  expectAllRunning,
  expectNoFailedTask,
  expectReplay,
  followHealthyJob,
  type HostileRig,
  oddSeed,
  shareOf,
  startHostileRig,
  terminateAll,
} from '../support/hostile-rig.ts';
import { oddJson } from '../support/odd.ts';
import { type OddInput, oddInput } from '../support/odd-inputs.ts';
import { patiently } from '../support/patiently.ts';
import { type OddMessage, oddMessages } from '../support/odd-messages.ts';

// Any message of a caller is accepted, ends in `InvalidJob`, or fails only for the caller. None ends a worker or delays another job.

const STARTS = shareOf(3_000);
const SIGNALS = shareOf(2_500);
const UPDATES = shareOf(3_000);
const QUERIES = shareOf(1_500);
const RUNNING = 12;
const ENDED = 4;

const seed = oddSeed('odd inputs');
let rig: HostileRig;
beforeAll(async () => {
  rig = await startHostileRig(seed);
});
afterAll(() => rig?.teardown.run());

const sampled = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number): Value[] =>
  fc.sample(arbitrary, { seed, numRuns });

const idOf = (n: number): string => `odd-${seed}-${rig.taskQueue}-${n}`;
const handleOf = (workflowId: string): WorkflowHandle => rig.client.workflow.getHandle(workflowId);

/** Starts a workflow, or uses the existing one: a start without an answer may have arrived. */
async function startPatiently(options: WorkflowStartOptions): Promise<void> {
  const sent = { ...options, workflowIdConflictPolicy: 'USE_EXISTING' as const };
  await patiently(() => rig.client.workflow.start(wire.workflow, sent));
}

async function startAll(inputs: readonly [OddInput, unknown][]): Promise<void> {
  await each(inputs, async ([{ sent }, second], n) => {
    const args = second === undefined ? [sent] : [sent, second];
    await startPatiently({ workflowId: idOf(n), taskQueue: rig.taskQueue, args });
  });
}

/** Starts jobs that no message can end, because their service refuses to cancel. */
async function startRunning(): Promise<string[]> {
  const { control } = rig.simulators.deepwriter;
  const refuses = {
    cancel: { rest: { action: { kind: 'answer', status: 400, json: { error: 'Cancel refused' } } } },
  } as const;
  const polling = { mode: 'fixed', intervalMs: '1s' } as const;
  const start = async (): Promise<string> => {
    const { jobId } = await control.createJob({ scenario: 'frozen', ...refuses });
    return (await patiently(() => rig.tracker.track({ provider: 'deepwriter', jobId }, { polling }))).workflowId;
  };
  return Promise.all(Array.from({ length: RUNNING }, start));
}

/** @returns the failure that refuses a start; null: tracking has ended in another way */
async function refusalOf(workflowId: string): Promise<ApplicationFailure | null> {
  const failure = await handleOf(workflowId)
    .result()
    .then(
      () => null,
      (error: unknown) => error,
    );
  return failure instanceof WorkflowFailedError ? (failure.cause as ApplicationFailure) : null;
}

async function startEnded(): Promise<string[]> {
  const ids = Array.from({ length: ENDED }, (_, n) => idOf(-1 - n));
  await each(ids, async (workflowId) => {
    const sent = { workflowId, taskQueue: rig.taskQueue, args: [{}] };
    await startPatiently(sent);
    expect((await refusalOf(workflowId))?.type).toBe(wire.invalidJob);
  });
  return ids;
}

async function expectRefused(workflowId: string, field: string | RegExp): Promise<void> {
  const refusal = await refusalOf(workflowId);
  expect([workflowId, refusal?.type]).toEqual([workflowId, wire.invalidJob]);
  const [problems] = (refusal?.details ?? []) as [Problem[]];
  const [first] = problems;
  if (typeof field === 'string') expect([workflowId, first?.field]).toEqual([workflowId, field]);
  else expect(first?.field, workflowId).toMatch(field);
  expect(refusal?.message.length).toBeLessThan(5_000);
}

/** Checks that an accepted job is polled on the queue of the pool, even if no worker has the account. */
async function expectTaken(workflowId: string): Promise<void> {
  const queue = statusQueueOf(rig.taskQueue, DEFAULT_POOL);
  const pollQueues = async (): Promise<unknown[]> =>
    ((await handleOf(workflowId).fetchHistory()).events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.taskQueue?.name ?? [],
    );
  await expect.poll(async () => [workflowId, (await pollQueues())[0]]).toEqual([workflowId, queue]);
}

type Answer = 'taken' | 'refused' | 'gone';

/** @returns what an error means: the name is unknown, the workflow has ended, or the server does not accept the text */
function answerOf(error: unknown): Answer {
  if (error instanceof WorkflowNotFoundError) return 'gone';
  if (error instanceof WorkflowUpdateFailedError || error instanceof QueryNotRegisteredError) return 'refused';
  if (grpcCodeOf(error) === GRPC.INVALID_ARGUMENT) return 'refused';
  throw error;
}

function send(handle: WorkflowHandle, { kind, name, args }: OddMessage): Promise<unknown> {
  if (kind === 'signal') return patiently(() => handle.signal(name, ...args));
  if (kind === 'query') return patiently(() => handle.query(name, ...args));
  return patiently(() => handle.executeUpdate<unknown, [unknown]>(name, { args: args as [unknown] }));
}

/** @returns the expected answer; null: any answer is right */
function dueAnswer({ kind, right }: OddMessage, hasEnded: boolean): Answer | null {
  if (right === null) return null;
  if (hasEnded && kind !== 'query') return 'gone';
  return right ? 'taken' : 'refused';
}

async function expectAnswered(workflowId: string, message: OddMessage, hasEnded: boolean): Promise<void> {
  const answer = await send(handleOf(workflowId), message).then(() => 'taken' as const, answerOf);
  const due = dueAnswer(message, hasEnded) ?? answer;
  expect({ workflowId, ...message, answer }).toEqual({ workflowId, ...message, answer: due });
}

test('I9: no start, signal, update or query of any caller ends a worker, stops a workflow or delays another job', async () => {
  const healthy = await followHealthyJob(rig);
  const running = await startRunning();
  const ended = await startEnded();
  const eventsOf = async (id: string): Promise<unknown> => (await handleOf(id).describe()).historyLength;
  const endedEvents = await Promise.all(ended.map(eventsOf));

  const inputs = sampled(fc.tuple(oddInput, fc.option(oddJson, { nil: undefined })), STARTS);
  await startAll(inputs);
  healthy.mark();
  const messages = oddMessages({ signals: SIGNALS, updates: UPDATES, queries: QUERIES }, sampled);
  const targets = [...running, ...ended];
  // Each workflow gets one message after the other: the server keeps only one waiting query for each workflow, and refuses more.
  await each(targets, async (workflowId, n) => {
    for (const message of messages.filter((_, at) => at % targets.length === n))
      await expectAnswered(workflowId, message, ended.includes(workflowId));
  });
  healthy.mark();

  expect(await Promise.all(ended.map(eventsOf))).toEqual(endedEvents);
  const taken: string[] = [];
  await each(inputs, async ([input], n) => {
    const workflowId = idOf(n);
    if (input.wrong === null) {
      await expectTaken(workflowId);
      taken.push(workflowId);
    } else await expectRefused(workflowId, input.wrong);
    expectNoFailedTask(await handleOf(workflowId).fetchHistory(), workflowId);
  });
  expect(Math.min(taken.length, STARTS - taken.length)).toBeGreaterThan(STARTS / 10);
  expectAllRunning(rig.workers);
  await healthy.expectServed();
  for (const workflowId of running) {
    expect((await handleOf(workflowId).describe()).status.name).toBe('RUNNING');
    const history = await handleOf(workflowId).fetchHistory();
    expectNoFailedTask(history, workflowId);
    await expectReplay(history, workflowId);
  }
  await terminateAll(rig.client, [...running, ...taken]);
});
