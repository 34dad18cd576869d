import { hashOf } from '../contract/hash.ts';
import { pollsPerWindow } from './budget.ts';

// The workers of a pool divide the budget of an account. There is no other place that limits the rate. So the parts of all workers must
// never add up to more than the budget, though each worker learns at another time that a worker has come or gone.

/** What one worker may use of an account's budget, in any minute. `polls`: without cancels. Whole numbers. */
export interface Share {
  readonly requests: number;
  readonly polls: number;
}

/** What a worker saw when it looked who polls its pool. */
export interface Sight {
  readonly atMs: number;
  /** The place of this worker among the others, from 0, by identity; null: it may not use any budget yet. */
  readonly rank: number | null;
  /** The workers of the pool, this one included. */
  readonly workers: number;
}

/** What a worker knows of the others. */
export interface Sights {
  /** When it looked last, ms. */
  readonly lookedAtMs: number;
  /** Oldest first: the present one, and those before it that still limit its share. Empty: it has not seen itself yet. */
  readonly seen: readonly Sight[];
}

export const NO_SIGHTS: Sights = { lookedAtMs: 0, seen: [] };

/** A worker looks so often. */
export const LOOK_MS = 10_000;

/** After this time without a look, a worker uses no budget: the others may have given its part away. */
const BLIND_MS = LOOK_MS + 5_000;

/** A minute, in which the others may still use their larger shares, and the time until the last of them has looked or stopped. */
const GROWS_AFTER_MS = 60_000 + BLIND_MS;

/** A poller that did not ask for so long is gone. A poller asks at least once a minute. */
const GONE_MS = 75_000;

/** A worker that is gone may have used the budget until then. */
const SPENT_MS = GONE_MS + 60_000;

/** A poller of a task queue, as the server describes it. */
export interface Poller {
  readonly identity: string;
  /** When it asked last, ms, by the server's clock. */
  readonly seenAtMs: number;
}

/** The pollers that a worker saw, and its own identity. */
export interface Look {
  readonly pollers: readonly Poller[];
  readonly self: string;
}

/** @returns the identities that polled within `withinMs` of the newest poll, in order. So the clock of this machine does not matter */
function workersOf(pollers: readonly Poller[], withinMs: number): string[] {
  const newestMs = Math.max(...pollers.map(({ seenAtMs }) => seenAtMs));
  const present = pollers.filter(({ seenAtMs }) => newestMs - seenAtMs <= withinMs);
  return [...new Set(present.map(({ identity }) => identity))].toSorted();
}

/**
 * Notes who polls the pool now. The first time that a worker sees itself, it must be alone to use the budget at once. Otherwise it begins
 * with nothing.
 */
export function afterLook(sights: Sights, { pollers, self }: Look, nowMs: number): Sights {
  const identities = workersOf(pollers, GONE_MS);
  const place = identities.indexOf(self);
  const seen = { atMs: nowMs, rank: place < 0 ? null : place, workers: Math.max(1, identities.length) };
  if (sights.seen.length === 0 && place < 0) return sights; // its first request to the server has not arrived yet
  const isAlone = workersOf(pollers, SPENT_MS).length === 1;
  const before = sights.seen.length > 0 || isAlone ? sights.seen : [{ ...seen, rank: null }];
  const last = before.at(-1);
  const isSame = last !== undefined && last.rank === seen.rank && last.workers === seen.workers;
  return { lookedAtMs: nowMs, seen: limiting(isSame ? before : [...before, seen], nowMs) };
}

/** @returns the sights without those that a later one replaced long ago */
function limiting(seen: readonly Sight[], nowMs: number): readonly Sight[] {
  return seen.filter((_, index) => nowMs - (seen[index + 1]?.atMs ?? nowMs) < GROWS_AFTER_MS);
}

/** An account with a budget. */
export interface Budgeted {
  /** All workers know the account by this name. It chooses the workers that get what cannot be divided. */
  readonly key: string;
  /** Requests per minute, at least 5. */
  readonly budget: number;
}

const NOTHING: Share = { requests: 0, polls: 0 };

/**
 * A share shrinks at once, and grows late: it is the least of all that this worker's sights gave it lately.
 */
export function shareOf(sights: Sights, account: Budgeted, nowMs: number): Share {
  if (nowMs - sights.lookedAtMs > BLIND_MS) return NOTHING;
  const shares = limiting(sights.seen, nowMs).map((sight) => shareAt(sight, account));
  const [first = NOTHING, ...rest] = shares;
  return rest.reduce(
    (least, { requests, polls }) => ({
      requests: Math.min(least.requests, requests),
      polls: Math.min(least.polls, polls),
    }),
    first,
  );
}

function shareAt({ rank, workers }: Sight, { key, budget }: Budgeted): Share {
  if (rank === null) return NOTHING;
  const place = (rank + (hashOf(key) % workers)) % workers;
  return { requests: partOf(budget, place, workers), polls: partOf(pollsPerWindow(budget), place, workers) };
}

/** @returns the part of one of `workers`. All parts together are the whole */
function partOf(whole: number, place: number, workers: number): number {
  return Math.floor(whole / workers) + (place < whole % workers ? 1 : 0);
}
