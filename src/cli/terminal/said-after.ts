const PATIENCE_MS = 2_000;

/** Waits for work, and says what is waited for if that takes more than two seconds. */
export async function saidAfter<T>(note: (text: string) => void, text: string, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => note(text), PATIENCE_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
