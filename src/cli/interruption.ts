import { environment } from '../config/index.ts';
import { npmChain, watchNpm } from '../process/npm.ts';
import { InterruptedError } from './failure.ts';
import { EXIT } from './exit-code.ts';

/** Ctrl-C and its like, for commands that have something to clean up. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Resolves when somebody asked to stop. */
  readonly happened: Promise<void>;
  /** Waits for the work, but no longer than until somebody asks to stop. @throws InterruptedError */
  unless: <T>(work: Promise<T>) => Promise<T>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm and tsx hand a Ctrl-C on that the terminal has sent already: such an echo is no second one. */
const ECHO_MS = 500;

/**
 * Listens from now on. The first signal asks to stop, a second one ends the process at once, children included.
 * That npm, which started this, has gone asks to stop too.
 * @param lost aborts when nobody reads the answer any more: that asks to stop too
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
      process.exit(EXIT.interrupted); // the exit hook of embedded/child.ts kills what we started
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  watchNpm(npmChain(environment()), () => {
    note('stopping: npm, which started this program, has ended');
    stop.abort();
  });
  return interruptionOf(AbortSignal.any([stop.signal, lost]));
}

export function interruptionOf(signal: AbortSignal): Interruption {
  const happened = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  const unless = <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => undefined); // nobody may be left to hear it
    const stopped = happened.then((): never => {
      throw new InterruptedError('stopped before the end; tracking of the job goes on');
    });
    stopped.catch(() => undefined);
    return Promise.race([work, stopped]);
  };
  return { signal, happened, unless };
}
