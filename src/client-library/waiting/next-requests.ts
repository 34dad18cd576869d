import { MAX_IDS } from '../open-jobs.ts';
import { MAX_LONG_POLLS, move, requestEnded, sizeOf, type Wait, type Waits } from './waits.ts';

/** Long polls while more callers wait than may have one. The others of the 20 fetch endings: the server counts a fetch as a long poll. */
const LONG_POLLS_OF_CROWD = 12;
/** The most describes at the same time, and the most of the rotation in a second. */
export const MAX_DESCRIBES = 20;

/** How often a wait is described, ms: with a list of closed runs, and without one. */
const ROTATION_MS = { listed: 10_000, unlisted: 1_000 } as const;
const REST_MS = 1_000;
const CHECK_EVERY_MS = 250;
/** A long poll of a native connection cannot be ended. It is left to itself, because its place is needed. */
const YIELD_MS = 2_000;
const SECOND_MS = 1_000;
/** Hundreds of jobs that have ended before would delay the polls of the workers, and the results of those that end now. */
const BACKLOG = { atOnce: 2, most: 25, everyMs: 250 } as const;

/** What the caller of `take` must do now. */
export type Order = OrderForOne | OrderForSome;

export interface OrderForOne {
  readonly do: 'poll' | 'yield' | 'describe' | 'fetch';
  readonly wait: Wait;
}

export interface OrderForSome {
  readonly do: 'check';
  readonly waits: readonly Wait[];
}

/** @returns what to do now; each wait in it has the phase that follows */
export function take(waits: Waits, nowMs: number): Order[] {
  for (const wait of waits.in.resting) {
    if (wait.sinceMs + REST_MS > nowMs) break;
    move(waits, wait, 'returning');
  }
  for (const wait of waits.in.yielding) {
    if (wait.sinceMs + YIELD_MS <= nowMs) move(waits, wait, 'new');
  }
  for (const wait of [...waits.ending.polls, ...waits.ending.describes]) {
    if (wait.sinceMs + YIELD_MS <= nowMs) requestEnded(waits, wait);
  }
  const orders = [...polls(waits, nowMs), ...fetches(waits), ...check(waits, nowMs)];
  return [...orders, ...firstDescribes(waits, nowMs), ...rotation(waits, nowMs), ...backlog(waits, nowMs)];
}

/**
 * Thousands of describes at once would delay the polls of the workers. One list shows up to 200 open runs. Lists without a break would
 * delay them, too.
 */
function check(waits: Waits, nowMs: number): OrderForSome[] {
  const { new: entered, checking } = waits.in;
  if (!isCrowd(waits) || checking.size > 0 || nowMs < waits.checkDueMs) return [];
  waits.checkDueMs = nowMs + CHECK_EVERY_MS;
  const some = firstOf(entered, MAX_IDS);
  for (const wait of some) move(waits, wait, 'checking');
  return [{ do: 'check', waits: some }];
}

/** @returns whether more callers have entered than can be described at once, and a list can show their runs */
function isCrowd({ in: { new: entered }, isListing }: Waits): boolean {
  return isListing && entered.size > MAX_DESCRIBES;
}

function polls(waits: Waits, nowMs: number): OrderForOne[] {
  const { polling, observed } = waits.in;
  const limit = sizeOf(waits) > MAX_LONG_POLLS ? LONG_POLLS_OF_CROWD : MAX_LONG_POLLS;
  const orders: OrderForOne[] = [];
  for (const wait of [...polling].slice(limit)) {
    wait.sinceMs = nowMs;
    move(waits, wait, 'yielding');
    orders.push({ do: 'yield', wait });
  }
  const entered = isCrowd(waits) ? [] : firstOf(waits.in.new, limit);
  for (const wait of [...entered, ...firstOf(observed, limit)]) {
    if (polling.size >= limit || longPollRoom(waits) <= 0) break;
    move(waits, wait, 'polling');
    orders.push({ do: 'poll', wait });
  }
  return orders;
}

/** @returns how many more requests may begin that the server counts as long polls */
function longPollRoom({ in: { polling, yielding, fetching }, ending }: Waits): number {
  return MAX_LONG_POLLS - polling.size - yielding.size - fetching.size - ending.polls.size;
}

function describeRoom({ in: { describing }, ending }: Waits): number {
  return MAX_DESCRIBES - describing.size - ending.describes.size;
}

function fetches(waits: Waits): OrderForOne[] {
  return firstOf(waits.in.ended, longPollRoom(waits)).map((wait) => fetch(waits, wait));
}

function fetch(waits: Waits, wait: Wait): OrderForOne {
  move(waits, wait, 'fetching');
  return { do: 'fetch', wait };
}

/** Each call of `result()` may have one: it finds at once a job that has ended, and one that is not tracked. */
function firstDescribes(waits: Waits, nowMs: number): OrderForOne[] {
  const { returning, new: entered } = waits.in;
  const room = describeRoom(waits);
  return [...firstOf(returning, room), ...firstOf(entered, isCrowd(waits) ? 0 : room)]
    .slice(0, Math.max(0, room))
    .map((wait) => describe(waits, wait, nowMs));
}

function rotation(waits: Waits, nowMs: number): OrderForOne[] {
  const { suspected, observed } = waits.in;
  const sinceMs = nowMs - (waits.isListing ? ROTATION_MS.listed : ROTATION_MS.unlisted);
  const orders: OrderForOne[] = [];
  waits.rotation = waits.rotation.filter((startMs) => startMs > nowMs - SECOND_MS);
  while (describeRoom(waits) > 0 && waits.rotation.length < MAX_DESCRIBES) {
    const [suspect] = firstOf(suspected, 1);
    const [oldest] = firstOf(observed, 1);
    const due = oldest !== undefined && oldest.sinceMs <= sinceMs ? oldest : undefined;
    const wait = waits.suspectsFirst ? (suspect ?? due) : (due ?? suspect);
    if (wait === undefined) break;
    waits.suspectsFirst = !waits.suspectsFirst;
    waits.rotation.push(nowMs);
    orders.push(describe(waits, wait, nowMs));
  }
  return orders;
}

/** The requests for waits that are past. They leave room for the others. */
function backlog(waits: Waits, nowMs: number): OrderForOne[] {
  const { absent, past, describing, fetching } = waits.in;
  waits.past = waits.past.filter((startMs) => startMs > nowMs - BACKLOG.everyMs);
  const mayBegin = BACKLOG.most - waits.past.length;
  const fetched = firstOf(past, Math.min(mayBegin, roomIn(fetching), longPollRoom(waits)));
  const describes = firstOf(absent, Math.min(mayBegin - fetched.length, roomIn(describing), describeRoom(waits)));
  waits.past.push(...[...fetched, ...describes].map(() => nowMs));
  return [...fetched.map((wait) => fetch(waits, wait)), ...describes.map((wait) => describe(waits, wait, nowMs))];
}

/** @returns how many more waits that are past may have such a request */
function roomIn(underWay: ReadonlySet<Wait>): number {
  return BACKLOG.atOnce - [...underWay].filter(({ isPast }) => isPast).length;
}

function describe(waits: Waits, wait: Wait, nowMs: number): OrderForOne {
  wait.sinceMs = nowMs;
  move(waits, wait, 'describing');
  return { do: 'describe', wait };
}

function firstOf(set: ReadonlySet<Wait>, count: number): Wait[] {
  const first: Wait[] = [];
  for (const wait of set) {
    if (first.length >= count) break;
    first.push(wait);
  }
  return first;
}
