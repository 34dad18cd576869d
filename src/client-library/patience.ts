import { setTimeout as sleep } from 'node:timers/promises';
import type { UnreachableError } from './errors.ts';
import { isAway } from './errors.ts';

/** How to wait while Temporal, or a worker that is needed, does not answer. */
export interface PatienceOptions {
  /** Go on so long while nothing answers, ms; 5 min if left out, `Infinity` for ever. */
  patienceMs?: number;
  signal?: AbortSignal;
  /** Told when nothing answers, and again (null) when it does. */
  onTrouble?: (error: UnreachableError | null) => void;
}

const PATIENCE_MS = 5 * 60_000;
const EVERY_MS = 1_000;

/** A time in which nothing answers. */
export interface Silence {
  readonly lasts: () => boolean;
  readonly answered: () => void;
  /** @throws the error itself, if it will not pass or has lasted too long */
  readonly failed: (error: unknown) => void;
}

export function createSilence({ patienceMs = PATIENCE_MS, onTrouble }: PatienceOptions): Silence {
  let sinceMs: number | null = null;
  return {
    lasts: () => sinceMs !== null,
    answered: () => {
      if (sinceMs !== null) onTrouble?.(null);
      sinceMs = null;
    },
    failed: (error) => {
      if (!isAway(error)) throw error;
      sinceMs ??= Date.now();
      onTrouble?.(error);
      if (Date.now() - sinceMs > patienceMs) throw error;
    },
  };
}

/**
 * Makes a call that waits for long, and makes it anew when the server went away meanwhile.
 * @param isThere a call that is answered at once, or not at all
 * @throws the signal's reason; what the call throws, but for a server that comes back in time
 */
export async function patiently<T>(
  calls: { call: () => Promise<T>; isThere: () => Promise<unknown> },
  options: PatienceOptions,
): Promise<T> {
  const { signal } = options;
  const silence = createSilence(options);
  for (;;) {
    signal?.throwIfAborted();
    try {
      if (silence.lasts()) {
        await calls.isThere();
        silence.answered();
      }
      return await calls.call();
    } catch (error) {
      signal?.throwIfAborted();
      silence.failed(error);
    }
    await pause(EVERY_MS, signal);
  }
}

export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
