import type { Worker } from '@temporalio/worker';

/** The SDK workers of one tracker worker. */
export type WorkerGroup = ReturnType<typeof createWorkerGroup>;

/** SDK workers that start and end together. More may join them at any time. */
export function createWorkerGroup() {
  const workers: Worker[] = [];
  const runs: Promise<void>[] = [];
  let state: 'new' | 'running' | 'ending' = 'new';
  let fail: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => (fail = reject));
  const begin = (worker: Worker): void => {
    const run = worker.run();
    run.catch(fail);
    runs.push(run);
  };
  return {
    /** Adds workers. They run as long as the others. */
    add: (added: readonly Worker[]): void => {
      workers.push(...added);
      if (state !== 'new') added.forEach(begin);
      if (state === 'ending') shutDown(added); // a worker that never runs would keep the connection open
    },
    /** Runs all until `shutdown`. @throws the SDK's error of the first worker that fails */
    run: async (): Promise<void> => {
      state = 'running';
      workers.forEach(begin);
      await Promise.race([Promise.all(runs), failure]);
    },
    shutdown: (): void => {
      if (state === 'running') state = 'ending';
      shutDown(workers);
    },
    /** Waits until all workers have ended, with success or not. */
    settled: async (): Promise<void> => void (await Promise.allSettled(runs)),
    state: () => state,
    workers: (): readonly Worker[] => workers,
  };
}

/** Drains workers that run. The SDK refuses a second call. */
export function shutDown(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}
