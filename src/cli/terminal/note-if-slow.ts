const SLOW_MS = 2_000;

/** Waits for work. If it takes more than 2 s, it prints `text` once. */
export async function noteIfSlow<T>(note: (text: string) => void, text: string, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => note(text), SLOW_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
