/** The most looks of one tracker at the same time. A look is a query and a describe, so this makes 20 requests. */
export const MAX_LOOKS = 10;
/** If no more jobs than this are watched, each is looked at as often as its caller wants. */
export const MAX_ALONE = 10;

/** How long a job of a crowd stays without a look, ms, if no list shows a change. Attributes show only some changes, or may be late. */
const ROTATION_MS = 10_000;
/** The most looks in a second that no change is the reason for. */
const ROTATION_LOOKS = 10;
const SECOND_MS = 1_000;

/**
 * What a watch is doing.
 * - `away`: its caller has not asked for the next progress yet
 * - `new`: it waits for its first look
 * - `waiting`: it waits for the time of its next look
 * - `moved`: a list shows a change, or its last look failed
 * - `looking`: a look is under way
 */
type Phase = 'away' | 'new' | 'waiting' | 'moved' | 'looking';

/** One caller who watches one job. */
export interface Watch {
  readonly workflowId: string;
  /** The shortest time between two looks, ms. */
  readonly everyMs: number;
  phase: Phase;
  /** The phase when its caller asks for the next progress. */
  next: 'new' | 'waiting' | 'moved';
  /** The end of its last look. */
  sinceMs: number;
  /** When it moved. */
  movedMs: number;
  /** The attributes by its last look, and by the last list, as text. */
  seen: string | null;
  listed: string | null;
}

/** All watches of a tracker. Functions change it in place. All times are of a clock that never goes back, ms. */
export interface Watches {
  /** In the order of their last change of phase. */
  readonly in: Readonly<Record<Exclude<Phase, 'away'>, Set<Watch>>>;
  /** The list of attributes works. */
  isListing: boolean;
  /** The starts of the last looks of the rotation, oldest first. */
  rotation: number[];
}

export function createWatches(): Watches {
  const phases = {
    new: new Set<Watch>(),
    waiting: new Set<Watch>(),
    moved: new Set<Watch>(),
    looking: new Set<Watch>(),
  };
  return { in: phases, isListing: true, rotation: [] };
}

export function createWatch(workflowId: string, everyMs: number): Watch {
  return {
    workflowId,
    everyMs,
    phase: 'away',
    next: 'new',
    sinceMs: -Infinity,
    movedMs: -Infinity,
    seen: null,
    listed: null,
  };
}

/** @returns whether more jobs are watched than can be looked at as often as their callers want */
export function isCrowd({ in: { new: entered, waiting, moved, looking } }: Watches): boolean {
  return entered.size + waiting.size + moved.size + looking.size > MAX_ALONE;
}

/** The caller of this watch asks for the next progress. */
export function enter(watches: Watches, watch: Watch): void {
  move(watches, watch, watch.next);
}

/** The caller of this watch has left, or has its progress. */
export function leave(watches: Watches, watch: Watch): void {
  if (watch.phase !== 'away') watches.in[watch.phase].delete(watch);
  watch.phase = 'away';
}

/** Records that a look has ended. @param seen the attributes; null: it failed */
export function looked(watches: Watches, watch: Watch, { seen, nowMs }: { seen: string | null; nowMs: number }): void {
  leave(watches, watch);
  watch.sinceMs = nowMs;
  watch.movedMs = nowMs;
  watch.next = seen === null ? 'moved' : 'waiting';
  watch.seen = seen ?? watch.seen;
}

/** Records attributes, as a list shows them. The list may be later than the last look of a watch, so old attributes are no change. */
export function listed(watches: Watches, shown: ReadonlyMap<string, string>, nowMs: number): void {
  for (const watch of watches.in.waiting) {
    const attributes = shown.get(watch.workflowId);
    if (attributes === undefined) continue;
    const isChange = attributes !== watch.seen && attributes !== watch.listed;
    watch.listed = attributes;
    if (!isChange) continue;
    watch.movedMs = nowMs;
    move(watches, watch, 'moved');
  }
}

/** @returns the watches that look now. They are in phase `looking`. */
export function take(watches: Watches, nowMs: number): Watch[] {
  const taken: Watch[] = [];
  watches.rotation = watches.rotation.filter((startMs) => startMs > nowMs - SECOND_MS);
  while (watches.in.looking.size < MAX_LOOKS) {
    const watch = nextOf(watches, nowMs);
    if (watch === undefined) break;
    if (watch.phase === 'waiting' && isCrowd(watches)) watches.rotation.push(nowMs);
    move(watches, watch, 'looking');
    taken.push(watch);
  }
  return taken;
}

/** @returns when `take` may give a watch, if nothing else happens; Infinity: not before a look ends, or in a crowd, where time alone is not enough */
export function nextTurnMs({ in: { waiting, moved, looking } }: Watches): number {
  if (looking.size >= MAX_LOOKS) return Infinity;
  return Math.min(...[...waiting, ...moved].map(dueMs));
}

function nextOf(watches: Watches, nowMs: number): Watch | undefined {
  const { new: entered, waiting, moved } = watches.in;
  const [first] = entered;
  if (first !== undefined) return first;
  const isDue = (watch: Watch): boolean => dueMs(watch) <= nowMs;
  if (!isCrowd(watches)) return [...waiting, ...moved].find(isDue);
  const changed = firstOf(moved, isDue);
  const oldest = watches.rotation.length < ROTATION_LOOKS ? oldestOf(watches, nowMs) : undefined;
  if (changed === undefined || oldest === undefined) return changed ?? oldest;
  return changed.movedMs <= oldest.sinceMs + ROTATION_MS ? changed : oldest;
}

function dueMs({ sinceMs, everyMs }: Watch): number {
  return sinceMs + everyMs;
}

function oldestOf({ in: { waiting }, isListing }: Watches, nowMs: number): Watch | undefined {
  const restMs = isListing ? ROTATION_MS : 0;
  for (const watch of waiting) {
    if (watch.sinceMs + restMs > nowMs) return undefined;
    if (dueMs(watch) <= nowMs) return watch;
  }
  return undefined;
}

function firstOf(watches: ReadonlySet<Watch>, fits: (watch: Watch) => boolean): Watch | undefined {
  for (const watch of watches) if (fits(watch)) return watch;
  return undefined;
}

function move(watches: Watches, watch: Watch, phase: Exclude<Phase, 'away'>): void {
  if (watch.phase !== 'away') watches.in[watch.phase].delete(watch);
  watch.phase = phase;
  watches.in[phase].add(watch);
}
