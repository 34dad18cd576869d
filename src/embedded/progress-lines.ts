/** Runs long work, and prints every `everyMs` how long it has run and what it does now. */
export async function withProgressLines<T>(
  life: { say: (line: string) => void; everyMs: number; what: string; doing: () => string },
  work: () => Promise<T>,
): Promise<T> {
  const beganMs = Date.now();
  const timer = setInterval(() => {
    const doing = life.doing();
    life.say(`${life.what}: ${elapsed(Date.now() - beganMs)}${doing && `, ${doing}`}`);
  }, life.everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** @returns text such as "45 s" or "2 min 05 s" */
export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
