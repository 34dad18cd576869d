import { isOutage, type UnreachableError } from './errors.ts';

/** How to wait while Temporal or a needed worker does not answer. */
export interface PatienceOptions {
  /** The longest time without any answer, ms. Default: 5 min. `Infinity`: no limit. */
  patienceMs?: number;
  /** Ends the wait. */
  signal?: AbortSignal;
  /** Called at each failed call, and once with null when the next call succeeds. */
  onTrouble?: (error: UnreachableError | null) => void;
}

const PATIENCE_MS = 5 * 60_000;

/**
 * Measures how long nothing has answered. `failed` throws the given error, if it is not an outage, or if the outage lasts longer than
 * `patienceMs`.
 */
export function createOutage({ patienceMs = PATIENCE_MS, onTrouble }: PatienceOptions) {
  let sinceMs: number | null = null;
  return {
    lasts: () => sinceMs !== null,
    answered: (): void => {
      if (sinceMs !== null) onTrouble?.(null);
      sinceMs = null;
    },
    failed: (error: unknown): void => {
      if (!isOutage(error)) throw error;
      sinceMs ??= Date.now();
      onTrouble?.(error);
      if (Date.now() - sinceMs > patienceMs) throw error;
    },
  };
}
