import type { Client, Connection } from '@temporalio/client';
import { listOpen, partsOf } from '../open-jobs.ts';
import { type ClosedRun, listClosed } from './closed-runs.ts';

/** What the observer needs of a client, besides the calls of each job. */
export interface Requests {
  /** Lists closed runs. @param since ISO 8601; null: only the newest ones */
  readonly list: (since: string | null, signal: AbortSignal) => Promise<ClosedRun[]>;
  /** Lists the open ones of some jobs. It finds no job whose id visibility cannot search for. */
  readonly open: (workflowIds: readonly string[], signal: AbortSignal) => Promise<OpenRun[]>;
  /** Makes a call whose requests end when the signal aborts. */
  readonly abortable: <T>(signal: AbortSignal, call: () => Promise<T>) => Promise<T>;
}

/** One open run, as visibility shows it. */
export interface OpenRun {
  readonly workflowId: string;
  readonly runId: string;
}

export function requestsOf(client: Client): Requests {
  return {
    list: (since, signal) => listClosed(client, since, signal),
    open: async (workflowIds, signal) => {
      const [ids] = partsOf(workflowIds);
      return ids === undefined ? [] : listOpen(client, ids, signal);
    },
    abortable: (signal, call) => {
      // The SDK would replace a signal that the caller has set for all requests of this client.
      const { callContextStorage } = client.connection as Partial<Pick<Connection, 'callContextStorage'>>;
      const outer = callContextStorage?.getStore()?.abortSignal;
      const whole = outer === undefined ? signal : AbortSignal.any([signal, outer]);
      return client.withAbortSignal(withOneListener(whole), call);
    },
  };
}

/**
 * Keeps only the newest listener. The SDK adds one for each request and removes none, and a long poll is a new request every 20 s.
 * So a wait of days would keep thousands. Only one request of a wait runs at a time.
 */
function withOneListener(signal: AbortSignal): AbortSignal {
  const add = signal.addEventListener.bind(signal);
  let remove: () => void = () => undefined;
  signal.addEventListener = (type: string, listener: EventListenerOrEventListenerObject): void => {
    remove();
    remove = () => signal.removeEventListener(type, listener);
    add(type, listener, { once: true });
  };
  return signal;
}
