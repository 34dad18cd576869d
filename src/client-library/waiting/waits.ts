/** The most long polls of one tracker. A server allows some 1 200 per namespace, and workers need them too. */
export const MAX_LONG_POLLS = 20;
/** Long polls while more callers wait than may have one. The others of the 20 fetch endings: the server counts a fetch as a long poll. */
const LONG_POLLS_OF_CROWD = 12;
/** The most describes at the same time, and the most of the rotation in a second. */
export const MAX_DESCRIBES = 20;

/** How often a wait is described, ms: with a list of closed runs, and without one. */
const ROTATION_MS = { listed: 10_000, unlisted: 1_000 } as const;
const REST_MS = 1_000;
const SECOND_MS = 1_000;

/** One run of a workflow. A workflow that is tracked again gets another first run. */
export interface Run {
  readonly runId: string;
  readonly firstRunId: string;
}

/**
 * What a wait is doing.
 * - `new`: it gets a long poll, or else its first describe
 * - `polling`, `yielding`: it has a long poll; that poll must end to make room
 * - `observed`: the list and the rotation look for its end
 * - `suspected`: another run of its workflow has closed, which is perhaps its end
 * - `describing`, `fetching`: a request is under way
 * - `ended`: its ending can be fetched
 * - `resting`, `returning`: its request failed; it is described before anything else
 * - `left`: nobody waits any more
 */
export type Phase =
  | 'new'
  | 'polling'
  | 'yielding'
  | 'observed'
  | 'suspected'
  | 'describing'
  | 'ended'
  | 'fetching'
  | 'resting'
  | 'returning'
  | 'left';

/** One caller who waits for the end of one job. */
export interface Wait {
  readonly workflowId: string;
  phase: Phase;
  /** The run to wait for, as last described; null: the latest one. */
  run: Run | null;
  /** Closed runs of the workflow that have been looked into. */
  readonly suspects: Set<string>;
  /** The start of its last describe, or its last failure. */
  sinceMs: number;
}

/** What the caller of `take` must do now. */
export interface Order {
  readonly do: 'poll' | 'yield' | 'describe' | 'fetch';
  readonly wait: Wait;
}

/**
 * All waits of a tracker. Functions change it in place: a copy of thousands of waits at each event would be slow. All times are of a
 * clock that never goes back, ms.
 */
export interface Waits {
  /** Each wait that has not left, in the order of its last change of phase. */
  readonly in: Readonly<Record<Exclude<Phase, 'left'>, Set<Wait>>>;
  readonly byWorkflow: Map<string, Set<Wait>>;
  /** The list of closed runs works. */
  isListing: boolean;
  /** The starts of the last describes of the rotation, oldest first. */
  rotation: number[];
  /** A suspected wait goes before one that is due. It changes at each describe, so that neither stops the other. */
  suspectsFirst: boolean;
}

export function createWaits(): Waits {
  const phases = {
    new: new Set<Wait>(),
    polling: new Set<Wait>(),
    yielding: new Set<Wait>(),
    observed: new Set<Wait>(),
    suspected: new Set<Wait>(),
    describing: new Set<Wait>(),
    ended: new Set<Wait>(),
    fetching: new Set<Wait>(),
    resting: new Set<Wait>(),
    returning: new Set<Wait>(),
  };
  return { in: phases, byWorkflow: new Map(), isListing: true, rotation: [], suspectsFirst: true };
}

export function enter(waits: Waits, workflowId: string): Wait {
  const wait: Wait = { workflowId, phase: 'new', run: null, suspects: new Set(), sinceMs: 0 };
  waits.in.new.add(wait);
  const same = waits.byWorkflow.get(workflowId) ?? new Set();
  waits.byWorkflow.set(workflowId, same.add(wait));
  return wait;
}

export function leave(waits: Waits, wait: Wait): void {
  if (wait.phase === 'left') return;
  waits.in[wait.phase].delete(wait);
  wait.phase = 'left';
  const same = waits.byWorkflow.get(wait.workflowId);
  same?.delete(wait);
  if (same?.size === 0) waits.byWorkflow.delete(wait.workflowId);
}

function move(waits: Waits, wait: Wait, phase: Exclude<Phase, 'left'>): void {
  if (wait.phase === 'left') return;
  waits.in[wait.phase].delete(wait);
  wait.phase = phase;
  waits.in[phase].add(wait);
}

/** @returns how many callers wait */
export function sizeOf(waits: Waits): number {
  return Object.values(waits.in).reduce((sum, { size }) => sum + size, 0);
}

/** @returns whether a wait needs the list and the rotation, or will be tried again */
export function hasObserved(waits: Waits): boolean {
  const { polling, yielding, fetching } = waits.in;
  return sizeOf(waits) > polling.size + yielding.size + fetching.size;
}

/** @returns whether the list of closed runs is of use: more callers wait than may have a long poll */
export function needsList(waits: Waits): boolean {
  const { observed, suspected, describing } = waits.in;
  return sizeOf(waits) > MAX_LONG_POLLS && observed.size + suspected.size + describing.size > 0;
}

/** Records that a long poll has ended to make room. */
export function yielded(waits: Waits, wait: Wait): void {
  move(waits, wait, 'new');
}

/** Records that a request failed because the server did not answer. */
export function failed(waits: Waits, wait: Wait, nowMs: number): void {
  wait.sinceMs = nowMs;
  move(waits, wait, 'resting');
}

/** Has all observed waits described again soon, beside the rotation. */
export function recheck(waits: Waits): void {
  for (const wait of [...waits.in.observed, ...waits.in.suspected]) move(waits, wait, 'returning');
}

/** Records a describe. A workflow with another first run was tracked again, so the run of this wait has ended. */
export function described(waits: Waits, wait: Wait, latest: Run & { isClosed: boolean }): void {
  const { runId, firstRunId, isClosed } = latest;
  const isLater = wait.run !== null && wait.run.firstRunId !== firstRunId;
  if (!isLater) wait.run = { runId, firstRunId };
  move(waits, wait, isLater || isClosed ? 'ended' : 'observed');
}

/** Records closed runs, as the list shows them. The same runs may come again. */
export function listed(waits: Waits, closed: Iterable<{ workflowId: string; runId: string }>): void {
  for (const { workflowId, runId } of closed) {
    for (const wait of waits.byWorkflow.get(workflowId) ?? []) {
      if (wait.phase !== 'observed' && wait.phase !== 'suspected') continue;
      if (wait.run?.runId === runId) move(waits, wait, 'ended');
      else if (!wait.suspects.has(runId)) {
        // It may be a later run of the same tracking, or a run of an earlier one. A describe shows which.
        wait.suspects.add(runId);
        move(waits, wait, 'suspected');
      }
    }
  }
}

/** @returns what to do now; each wait in it has the phase that follows */
export function take(waits: Waits, nowMs: number): Order[] {
  for (const wait of waits.in.resting) {
    if (wait.sinceMs + REST_MS > nowMs) break;
    move(waits, wait, 'returning');
  }
  return [...polls(waits), ...fetches(waits), ...firstDescribes(waits, nowMs), ...rotation(waits, nowMs)];
}

function polls(waits: Waits): Order[] {
  const { polling, yielding, fetching, observed } = waits.in;
  const limit = sizeOf(waits) > MAX_LONG_POLLS ? LONG_POLLS_OF_CROWD : MAX_LONG_POLLS;
  const orders: Order[] = [];
  for (const wait of [...polling].slice(limit)) {
    move(waits, wait, 'yielding');
    orders.push({ do: 'yield', wait });
  }
  for (const wait of [...firstOf(waits.in.new, limit), ...firstOf(observed, limit)]) {
    if (polling.size >= limit || polling.size + yielding.size + fetching.size >= MAX_LONG_POLLS) break;
    move(waits, wait, 'polling');
    orders.push({ do: 'poll', wait });
  }
  return orders;
}

function fetches(waits: Waits): Order[] {
  const { polling, yielding, fetching, ended } = waits.in;
  const room = MAX_LONG_POLLS - polling.size - yielding.size - fetching.size;
  return firstOf(ended, room).map((wait) => {
    move(waits, wait, 'fetching');
    return { do: 'fetch', wait };
  });
}

/** Each call of `result()` may have one: it finds at once a job that has ended, and one that is not tracked. */
function firstDescribes(waits: Waits, nowMs: number): Order[] {
  const { describing, returning, new: entered } = waits.in;
  const room = MAX_DESCRIBES - describing.size;
  return [...firstOf(returning, room), ...firstOf(entered, room)]
    .slice(0, Math.max(0, room))
    .map((wait) => describe(waits, wait, nowMs));
}

function rotation(waits: Waits, nowMs: number): Order[] {
  const { describing, suspected, observed } = waits.in;
  const sinceMs = nowMs - (waits.isListing ? ROTATION_MS.listed : ROTATION_MS.unlisted);
  const orders: Order[] = [];
  waits.rotation = waits.rotation.filter((startMs) => startMs > nowMs - SECOND_MS);
  while (describing.size < MAX_DESCRIBES && waits.rotation.length < MAX_DESCRIBES) {
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

function describe(waits: Waits, wait: Wait, nowMs: number): Order {
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
