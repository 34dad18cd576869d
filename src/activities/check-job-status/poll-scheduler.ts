import type { ReadyPoll } from '../../polling/account-turns.ts';
import { type Load, loadAfter, NO_LOAD, type Second } from '../../polling/overload.ts';
import { createScheduler } from '../../polling/scheduler.ts';
import { createCatchUp } from './catch-up.ts';
import type { WaitStart } from './holds.ts';
import { createUnderWay } from './under-way.ts';

export type PollScheduler = ReturnType<typeof createPollScheduler>;

/** A ready poll in the scheduler of its worker. */
export interface QueuedPoll {
  /** Waits until the poll may begin. */
  readonly wait: WaitStart;
  /** Ends the poll, so that another one may begin. It has no effect on a poll that has not begun. */
  readonly end: () => void;
}

interface WaitingPoll extends ReadyPoll {
  readonly begin: () => void;
}

/** So many polls begin before the event loop does other work. */
const BATCH = 4;
/** An interval that is given back costs this worker and the server 14 ms of CPU. More of them would make an overloaded machine slower. */
const GIVEN_BACK_PER_S = 5;

interface SchedulerSetup {
  /** The clock of the activities, ms. */
  readonly now: () => number;
  /** @returns whether another worker may take what this one gives back */
  readonly hasOthers: () => boolean;
}

/**
 * Begins the polls of one worker, in the order of the scheduler: only while the event loop is on time, never more at a time than the
 * worker can do, and only in every other second while workflow tasks wait for a worker. Cancels, heartbeats and workflow tasks do not wait
 * here.
 */
export function createPollScheduler({ now, hasOthers }: SchedulerSetup) {
  const ready = createScheduler<WaitingPoll>();
  const underWay = createUnderWay();
  const loop = createCatchUp(() => soon());
  let load = NO_LOAD;
  let backlogMs = 0;
  let mayGiveBack = 0;
  const room = (): number => load.limit - underWay.now();
  const { begin, soon } = starterOf(ready, { room, mustWait: () => loop.isBehind() || load.isResting });
  const enqueue = (poll: WaitingPoll): (() => void) => {
    ready.enqueue(poll);
    soon();
    return () => ready.withdraw(poll);
  };
  return {
    queue: (poll: ReadyPoll): QueuedPoll => queued(poll, { enqueue, enter: () => underWay.enter(soon) }),
    /** Notes a second of the event loop. @returns the load of the worker after it */
    note: (second: Pick<Second, 'tookMs' | 'lagMs' | 'busy'>): Load => {
      const mostUnderWay = underWay.takeMost();
      load = loadAfter(load, { ...second, mostUnderWay, latenessMs: ready.latenessMs(now()), backlogMs });
      mayGiveBack = load.isOverloaded && hasOthers() ? GIVEN_BACK_PER_S : 0;
      // If other processes take the CPU, the event loop may never be on time. Then polls still go on, slowly.
      if (loop.isBehind()) begin();
      if (load.isBehind) loop.begin();
      soon();
      return load;
    },
    /** Notes for how long the oldest workflow task waits for a worker, ms. */
    noteBacklog: (ms: number): void => void (backlogMs = ms),
    /** @returns whether this worker is overloaded, and should give an interval back to the server now, for another worker */
    givesBack: (): boolean => mayGiveBack > 0 && mayGiveBack-- > 0,
    load: (): Load => load,
  };
}

interface MayBegin {
  /** @returns how many more polls may be under way */
  readonly room: () => number;
  readonly mustWait: () => boolean;
}

function starterOf(ready: ReturnType<typeof createScheduler<WaitingPoll>>, { room, mustWait }: MayBegin) {
  let isSoon = false;
  const begin = (): void => {
    for (const poll of ready.next(Math.min(BATCH, room()))) poll.begin();
  };
  const soon = (): void => {
    if (isSoon || ready.waiting() === 0 || mustWait() || room() <= 0) return;
    isSoon = true;
    // Not at once: what the event loop has received meanwhile comes first.
    setImmediate(() => {
      isSoon = false;
      if (!mustWait()) begin();
      soon();
    });
  };
  return {
    /** Begins some polls now. */
    begin,
    /** Begins polls as long as they may begin, without a long stay in one turn of the event loop. */
    soon,
  };
}

interface Steps {
  /** @returns a function that takes the poll out again */
  readonly enqueue: (poll: WaitingPoll) => () => void;
  /** @returns a function that ends the poll */
  readonly enter: () => () => void;
}

function queued(poll: ReadyPoll, { enqueue, enter }: Steps): QueuedPoll {
  let leave: (() => void) | null = null;
  const wait: WaitStart = (onDue) => {
    const begin = (): void => {
      leave = enter();
      onDue();
    };
    return enqueue({ ...poll, begin });
  };
  return { wait, end: () => leave?.() };
}
