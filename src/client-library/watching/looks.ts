import { AsyncResource } from 'node:async_hooks';
import type { JobProgress } from '../../contract/index.ts';
import { isOutage } from '../errors.ts';
import type { createOutage } from '../patience.ts';
import { onAbort } from '../waiting/on-abort.ts';
import { partsOf } from '../open-jobs.ts';
import { seenOf } from './attributes.ts';
import {
  createWatches,
  enter,
  isCrowd,
  leave,
  listed,
  looked,
  MAX_LOOKS,
  nextTurnMs,
  take,
  type Watch,
  type Watches,
} from './watches.ts';

/** What one look shows. */
export interface Looked {
  readonly progress: JobProgress;
  /** The status of the workflow, such as `RUNNING`. */
  readonly status: string;
}

/** One caller of `watch()`. */
export interface Watcher {
  readonly watch: Watch;
  readonly outage: ReturnType<typeof createOutage>;
  readonly signal: AbortSignal | undefined;
}

/** Decides when each of many watchers looks at its job. Which one is next is decided in watches.ts. */
export interface Looks {
  /**
   * Waits for the turn of a watcher, and looks, until a look succeeds.
   * @returns null: the signal has aborted
   * @throws the errors of `look`, except outages within the patience of the watcher
   */
  next: (watcher: Watcher, look: () => Promise<Looked>) => Promise<Looked | null>;
}

/** Lists the attributes of some jobs, by workflow id. */
export type ListAttributes = (workflowIds: readonly string[], signal: AbortSignal) => Promise<Map<string, string>>;

type Turn = { do: 'look' } | { do: 'leave' } | { do: 'fail'; error: unknown };

interface State {
  readonly list: ListAttributes;
  readonly watches: Watches;
  /** Those who wait for their turn. */
  readonly turns: Map<Watch, { watcher: Watcher; settle: (turn: Turn) => void }>;
  /** The timer and the list belong to no caller. So they must not run in the context of one. */
  readonly context: AsyncResource;
  timer: NodeJS.Timeout | undefined;
  /** The round of lists that is under way, and when the next one is due. */
  round: AbortController | null;
  roundDueMs: number;
  /** Watchers who know of an outage by the look of another watcher. */
  readonly troubled: Set<Watcher>;
  troubleDueMs: number;
  /** The workflow ids of looks that have failed since the last answer. A few may be the trouble of these jobs alone. */
  readonly failing: Set<string>;
}

const TICK_MS = 250;
/** Node fires a timer of more than some 24 days at once. */
const MOST_DELAY_MS = 3_600_000;
const ROUND_EVERY_MS = 1_000;
const ROUND_AGAIN_MS = 10_000;
const TROUBLE_EVERY_MS = 1_000;

/** Creates what the watchers of one tracker share. It makes no request and has no timer while no one waits for a turn. */
export function createLooks(list: ListAttributes): Looks {
  const state: State = {
    list,
    watches: createWatches(),
    turns: new Map(),
    context: new AsyncResource('JobLooks'),
    timer: undefined,
    round: null,
    roundDueMs: 0,
    troubled: new Set(),
    troubleDueMs: 0,
    failing: new Set(),
  };
  return {
    next: async (watcher, look) => {
      for (;;) {
        const turn = await turnOf(state, watcher);
        if (turn.do === 'fail') throw turn.error;
        if (turn.do === 'leave' || watcher.signal?.aborted === true) {
          leave(state.watches, watcher.watch);
          step(state);
          return null;
        }
        const seen = await lookNow(state, watcher, look);
        if (seen !== null) return seen;
      }
    },
  };
}

function turnOf(state: State, watcher: Watcher): Promise<Turn> {
  const { watch, signal } = watcher;
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve({ do: 'leave' });
    const settle = (turn: Turn): void => {
      state.turns.delete(watch);
      stopListening?.();
      if (turn.do !== 'look') leave(state.watches, watch);
      resolve(turn);
    };
    const stopListening = signal && onAbort(signal, () => end(state, watch, { do: 'leave' }));
    state.turns.set(watch, { watcher, settle });
    enter(state.watches, watch);
    step(state);
  });
}

function end(state: State, watch: Watch, turn: Turn): void {
  state.turns.get(watch)?.settle(turn);
  step(state);
}

/** @returns null: it failed, within the patience of the watcher */
async function lookNow(state: State, watcher: Watcher, look: () => Promise<Looked>): Promise<Looked | null> {
  const { watch, outage } = watcher;
  let seen: string | null = null;
  try {
    const found = await look();
    seen = seenOf(found.progress);
    answered(state, watcher);
    return found;
  } catch (error) {
    if (seen === null) spread(state, watch, error);
    outage.failed(error);
    return null;
  } finally {
    looked(state.watches, watch, { seen, nowMs: performance.now() });
    step(state);
  }
}

function answered(state: State, { outage }: Watcher): void {
  state.failing.clear();
  const others = [...state.troubled];
  state.troubled.clear();
  for (const other of others) outageOf(state, other, () => other.outage.answered());
  outage.answered();
}

/** Reports an outage to all who wait for their turn, after looks at several jobs have failed. Less may be the trouble of a few jobs. */
function spread(state: State, { workflowId }: Watch, error: unknown): void {
  if (!isOutage(error)) return;
  const nowMs = performance.now();
  state.failing.add(workflowId);
  if (state.failing.size < MAX_LOOKS || nowMs < state.troubleDueMs) return;
  state.troubleDueMs = nowMs + TROUBLE_EVERY_MS;
  for (const { watcher } of state.turns.values()) {
    state.troubled.add(watcher);
    outageOf(state, watcher, () => watcher.outage.failed(error));
  }
}

/** Reports to a watcher who waits for its turn. An error ends its watch: its patience is over, or the error is that of its own `onTrouble`. */
function outageOf(state: State, { watch }: Watcher, report: () => void): void {
  const turn = state.turns.get(watch);
  if (turn === undefined) return;
  try {
    report();
  } catch (error) {
    turn.settle({ do: 'fail', error });
  }
}

/** Does what is to be done now. Called after each change. */
function step(state: State): void {
  const nowMs = performance.now();
  for (const watch of take(state.watches, nowMs)) state.turns.get(watch)?.settle({ do: 'look' });
  clearTimeout(state.timer);
  state.timer = undefined;
  const isMany = isCrowd(state.watches);
  if (!isMany) {
    state.round?.abort();
    state.round = null;
  } else if (state.round === null && nowMs >= state.roundDueMs) {
    state.context.runInAsyncScope(() => void listRound(state));
  }
  const waitMs = isMany ? TICK_MS : nextTurnMs(state.watches) - nowMs;
  if (waitMs === Infinity) return;
  const delayMs = Math.min(Math.max(1, Math.ceil(waitMs)), MOST_DELAY_MS);
  state.timer = state.context.runInAsyncScope(() => setTimeout(() => step(state), delayMs));
}

/** Lists the attributes of all that wait, one part after the other. */
async function listRound(state: State): Promise<void> {
  const round = new AbortController();
  state.round = round;
  state.roundDueMs = performance.now() + ROUND_EVERY_MS;
  try {
    for (const part of partsOf([...state.watches.in.waiting].map(({ workflowId }) => workflowId))) {
      const shown = await state.list(part, round.signal);
      if (state.round !== round) return;
      state.watches.isListing = true;
      listed(state.watches, shown, performance.now());
      step(state);
    }
  } catch {
    // Without a list, the rotation finds each change.
    if (state.round !== round) return;
    state.watches.isListing = false;
    state.roundDueMs = performance.now() + ROUND_AGAIN_MS;
  }
  state.round = null;
}
