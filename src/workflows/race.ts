import { CancellationScope, condition } from '@temporalio/workflow';

/** Does `work` until it is done or `isOver` holds, and cancels what is left of it. @returns null: it was over first */
export async function unlessOver<T>(work: () => Promise<T>, isOver: () => boolean): Promise<T | null> {
  const scope = new CancellationScope();
  const done = scope.run(work);
  const over = scope
    .run(() => condition(isOver))
    .then(
      () => null,
      () => null, // the scope was cancelled: the work was done first
    );
  try {
    return await Promise.race([done, over]);
  } finally {
    scope.cancel();
  }
}
