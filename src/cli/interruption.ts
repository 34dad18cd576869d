import { environment } from '../config/index.ts';
import { npmChain, watchNpm } from '../process/npm.ts';
import { EXIT, InterruptedError } from './exit.ts';

/** Ctrl-C and similar signals, for commands that must clean up. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Resolves at a request to stop. */
  readonly happened: Promise<void>;
  /** Waits for the work until a request to stop. @throws InterruptedError */
  unlessStopped: <T>(work: Promise<T>) => Promise<T>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm and tsx pass a Ctrl-C on, although the terminal has sent it already. So a second signal within this time is ignored. */
const ECHO_MS = 500;

/**
 * Starts to listen. The first signal requests a stop. A second one ends the process and its children at once.
 * If npm has started this process, its end requests a stop too.
 * @param lost aborts when the reader of the answer has gone, which requests a stop too
 */
export function listenForInterruption(note: (text: string) => void, lost: AbortSignal): Interruption {
  const stop = new AbortController();
  let firstAtMs: number | null = null;
  const onSignal = (): void => {
    if (firstAtMs === null) {
      firstAtMs = Date.now();
      note('stopping … (Ctrl-C again: at once)');
      stop.abort();
    } else if (Date.now() - firstAtMs > ECHO_MS) {
      process.exit(EXIT.interrupted); // the exit hook of embedded/child.ts kills the children
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  watchNpm(npmChain(environment()), () => {
    note('stopping: npm, which started this program, has ended');
    stop.abort();
  });
  return interruptionOf(AbortSignal.any([stop.signal, lost]));
}

/** @returns an interruption by this signal alone */
export function interruptionOf(signal: AbortSignal): Interruption {
  const happened = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  const unlessStopped = <T>(work: Promise<T>): Promise<T> => {
    const stopped = happened.then((): never => {
      throw new InterruptedError();
    });
    return Promise.race([work, stopped]);
  };
  return { signal, happened, unlessStopped };
}
