import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type JobProgress, type TrackedJob, UnreachableError, type WatchOptions } from '../../../../src/client.ts';
import { contextOf } from '../../../../src/cli/command.ts';
import { awaited, follow, lineFollower } from '../../../../src/cli/views/follow.ts';
import { interruptionOf } from '../../../../src/cli/interruption.ts';
import { createOutput } from '../../../../src/cli/terminal/output.ts';
import { createTeardown } from '../../../../src/cli/playground/teardown.ts';
import { aProgress, aSink, completed } from '../builders.ts';

const gone = new UnreachableError('worker', 'no worker answers', { hint: 'start one' });
const never = new AbortController().signal;

/** A job whose watch plays a script: a progress, trouble (an error), or the end of trouble (null). */
function playing(...script: (JobProgress | UnreachableError | null)[]): TrackedJob {
  async function* watch({ signal, onTrouble }: WatchOptions = {}): AsyncGenerator<JobProgress, void, void> {
    for (const part of script) {
      if (signal?.aborted === true) return;
      if (part === null || part instanceof UnreachableError) onTrouble?.(part);
      else yield part;
    }
  }
  const result = (): Promise<never> => Promise.reject(new Error('result() was asked'));
  return { workflowId: 'job:x', watch, result } as unknown as TrackedJob;
}

function noting(): { lines: string[]; follower: ReturnType<typeof lineFollower> } {
  const lines: string[] = [];
  const follower = lineFollower('job:x', {
    answer: (_, text) => lines.push(text.replace(/^\S+ /, '')),
    note: (text) => lines.push(text),
  });
  return { lines, follower };
}

test('a job is followed to its outcome, and each change is printed once', async () => {
  const { lines, follower } = noting();
  const job = playing(
    aProgress({ version: 1 }),
    aProgress({ version: 1, polls: 8 }),
    aProgress({ version: 2, state: 'completed', progress: 100, outcome: completed }),
  );
  expect(await follow(job, follower, never)).toEqual(completed);
  expect(lines.map((line) => line.slice(0, 32))).toEqual([
    'docswrite job 42: running (activ',
    'docswrite job 42: completed (act',
  ]);
});

test('if a worker goes away, the command waits for it, and says so once', async () => {
  const { lines, follower } = noting();
  const job = playing(aProgress(), gone, gone, null, aProgress({ version: 4, outcome: completed }));
  expect(await follow(job, follower, never)).toEqual(completed);
  expect(lines.slice(1, 3)).toEqual(['no worker answers; waiting (start one)', 'answered again']);
});

test('the command does not wait for a worker that never answered', async () => {
  const { lines, follower } = noting();
  await expect(follow(playing(gone, null, aProgress()), follower, never)).rejects.toBe(gone);
  expect(lines).toEqual([]);
});

test('the command waits for an outcome also while no worker answers, and says so on stderr', async () => {
  const [stdout, stderr] = [aSink(), aSink()];
  const context = contextOf({}, createOutput({ stdout, stderr }, false, {}), never);
  const result = (): Promise<unknown> => sleep(1_200, completed);
  expect(await awaited(context, { ...playing(gone, gone), result } as TrackedJob)).toEqual(completed);
  expect([stdout.text(), stderr.text()]).toEqual(['', 'no worker answers; waiting (start one)\n']);
});

test('with --json a change carries the workflow id and the whole progress', async () => {
  const values: unknown[] = [];
  const follower = lineFollower('job:x', { answer: (value) => values.push(value), note: () => undefined });
  await follow(playing(aProgress({ outcome: completed })), follower, never);
  expect(values).toEqual([{ workflowId: 'job:x', ...aProgress({ outcome: completed }) }]);
});

test('an interruption ends a wait at once', async () => {
  const stop = new AbortController();
  const { unlessStopped, happened } = interruptionOf(stop.signal);
  const endless = unlessStopped(new Promise(() => {}));
  stop.abort();
  await happened;
  await expect(endless).rejects.toThrow('stopped before the end');
  await expect(interruptionOf(never).unlessStopped(Promise.resolve(1))).resolves.toBe(1);
});

test('everything is stopped in reverse order, also what fails to stop', async () => {
  const stopped: number[] = [];
  const teardown = createTeardown();
  teardown.add(() => stopped.push(1));
  teardown.add(() => Promise.reject(new Error('gone already')));
  teardown.add(() => stopped.push(3));
  await teardown.run();
  await teardown.run();
  expect(stopped).toEqual([3, 1]);
});
