/** A request that takes longer only waits for its service. It needs no CPU, so it must not keep other polls from their turn. */
export const SLOW_MS = 1_000;

/** Counts the polls that are under way. */
export function createUnderWay() {
  let count = 0;
  let most = 0;
  return {
    now: (): number => count,
    /** Counts one more poll. @returns a function that ends it; only its first call counts. A slow poll ends by itself */
    enter: (onLeft: () => void): (() => void) => {
      most = Math.max(most, ++count);
      let isOver = false;
      const leave = (): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        count -= 1;
        onLeft();
      };
      const timer = setTimeout(leave, SLOW_MS).unref();
      return leave;
    },
    /** @returns the highest count since the last call */
    takeMost: (): number => {
      const taken = most;
      most = count;
      return taken;
    },
  };
}
