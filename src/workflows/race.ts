import { CancellationScope, condition } from '@temporalio/workflow';

/** Runs `work` until it is done or `isOver` is true. Then it cancels the rest of it. @returns null: `isOver` was true first */
export async function unlessOver<T>(work: () => Promise<T>, isOver: () => boolean): Promise<T | null> {
  const scope = new CancellationScope();
  const done = scope.run(work);
  const over = scope
    .run(() => condition(isOver))
    .then(
      () => null,
      () => null, // the work was done first, and the scope was cancelled
    );
  try {
    return await Promise.race([done, over]);
  } finally {
    scope.cancel();
  }
}
