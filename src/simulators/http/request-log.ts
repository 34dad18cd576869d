import type { ServerResponse } from 'node:http';
import type { RequestFilter } from '../control/interface.ts';
import type { RequestEntry } from '../model.ts';

/** Older entries are dropped, so that a load test does not fill the memory. */
const KEPT = 100_000;
/** If a client aborts one read and begins the next at once, the abort may arrive after the next. */
const ABORT_RACE_MS = 25;

/** The log of requests to the service. */
export interface RequestLog {
  /** @param overlapping called if the request overlaps an older one that its client has not aborted */
  begin(entry: Omit<RequestEntry, 'id' | 'inFlight'>, outgoing: ServerResponse, overlapping: () => void): RequestEntry;
  find(filter: RequestFilter): RequestEntry[];
  clear(): void;
}

interface Open {
  state: 'open' | 'answered' | 'given-up';
}

function matches(entry: RequestEntry, { jobId, route, sinceMs }: RequestFilter): boolean {
  return (
    (jobId === undefined || entry.jobId === jobId) &&
    (route === undefined || entry.route === route) &&
    (sinceMs === undefined || entry.atMs >= sinceMs)
  );
}

export function createRequestLog(): RequestLog {
  let entries: RequestEntry[] = [];
  let lastId = 0;
  const open = new Map<string, Set<Open>>();

  /** @returns the older requests of this kind for this job that are still open */
  function track(key: string, outgoing: ServerResponse): Open[] {
    const mine: Open = { state: 'open' };
    const all = open.get(key) ?? new Set<Open>();
    const older = [...all];
    open.set(key, all.add(mine));
    outgoing.once('close', () => {
      mine.state = outgoing.writableFinished ? 'answered' : 'given-up';
      all.delete(mine);
      if (all.size === 0 && open.get(key) === all) open.delete(key);
    });
    return older;
  }

  return {
    begin(entry, outgoing, overlapping) {
      const { route, queueType, jobId } = entry;
      const older = jobId === null || route === 'other' ? [] : track(`${route}/${queueType}/${jobId}`, outgoing);
      if (older.length > 0 && route === 'status') {
        setTimeout(() => older.some(({ state }) => state !== 'given-up') && overlapping(), ABORT_RACE_MS).unref();
      }
      const logged = { id: (lastId += 1), ...entry, inFlight: older.length + 1 };
      entries.push(logged);
      if (entries.length > KEPT * 1.1) entries = entries.slice(-KEPT);
      return logged;
    },
    find: (filter) => entries.filter((entry) => matches(entry, filter)),
    clear() {
      entries = [];
    },
  };
}
