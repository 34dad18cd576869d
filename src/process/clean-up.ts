/**
 * Does the work, then cleans up, whatever came of it. The work's own error is the one that is thrown; what goes wrong in the clean-up
 * besides it hangs on it as `cleanUpError`, for a log, and alone it is thrown itself.
 */
export async function withCleanUp<T>(work: () => Promise<T>, cleanUp: () => Promise<unknown>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    try {
      await cleanUp();
    } catch (cleanUpError) {
      attach(error, cleanUpError);
    }
    throw error;
  }
  await cleanUp();
  return result;
}

function attach(error: unknown, cleanUpError: unknown): void {
  if (error instanceof Error && Object.isExtensible(error)) Object.assign(error, { cleanUpError });
}
