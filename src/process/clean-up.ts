/**
 * Does the work and then cleans up, also after an error.
 * @throws the error of the work; an error of the clean-up is then attached to it as `cleanUpError`. If the work succeeds, the error of the
 * clean-up
 */
export async function withCleanUp<T>(work: () => Promise<T>, cleanUp: () => Promise<unknown>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    try {
      await cleanUp();
    } catch (cleanUpError) {
      if (error instanceof Error && Object.isExtensible(error)) Object.assign(error, { cleanUpError });
    }
    throw error;
  }
  await cleanUp();
  return result;
}
