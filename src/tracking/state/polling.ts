import { emptyMemory, type PollAnswer, type PollMemory } from '../../polling/memory.ts';
import type { EventOf, Rules } from '../event.ts';

/** When to poll, and what polling remembers. Times in ms. */
export interface Polling {
  readonly memory: PollMemory;
  readonly dueAtMs: number;
  /** When the workflow scheduled the poll that answered last; null: no poll has answered. Trouble is not an answer. */
  readonly answeredAskMs: number | null;
  /** Since when an urgent poll is due; null: none is due. An urgent poll goes before the other polls of its account. */
  readonly urgentSinceMs: number | null;
  /** Grows by one with each event after which a new poll must begin: a wait or a poll from before it is interrupted. */
  readonly interrupts: number;
  readonly refreshedAtMs: number | null;
  /** The least time between two effects of `refresh`, ms; null: there is no plan yet. */
  readonly minIntervalMs: number | null;
}

export function beginPolling(nowMs: number): Polling {
  return {
    memory: emptyMemory(nowMs),
    dueAtMs: nowMs,
    answeredAskMs: null,
    urgentSinceMs: null,
    interrupts: 0,
    refreshedAtMs: null,
    minIntervalMs: null,
  };
}

/** If the workers of two pools say of each other that they have the account, the job goes back and forth so slowly. */
const MOVED_MS = 10_000;

type Answer = EventOf<PollAnswer['type']>;

export const pollingRules: Rules<Polling> = {
  planned: (polling, { plan }) => ({ ...polling, minIntervalMs: plan.polling.minIntervalMs }),
  polled: answered,
  missing: answered,
  degraded: nextPoll, // trouble is not an answer, so `answeredAskMs` stays
  unserved: (polling, { atMs }) => ({ ...polling, dueAtMs: atMs }),
  moved: (polling, { atMs }) => ({ ...polling, dueAtMs: atMs + MOVED_MS }),
  refreshAsked,
};

function answered(polling: Polling, answer: Answer): Polling {
  return { ...nextPoll(polling, answer), answeredAskMs: answer.askedAtMs };
}

/** After an urgent poll, the next one takes its turn with all others. After an older poll, the urgent one is still due. */
function nextPoll(polling: Polling, { memory, intervalMs, askedAtMs, atMs }: Answer): Polling {
  const { urgentSinceMs, dueAtMs } = polling;
  if (askedAtMs >= (urgentSinceMs ?? 0)) {
    return { ...polling, memory, urgentSinceMs: null, dueAtMs: atMs + intervalMs };
  }
  return { ...polling, memory, dueAtMs: Math.min(dueAtMs, atMs + intervalMs) };
}

/** Several requests within the shortest interval cause one poll. */
function refreshAsked(polling: Polling, { atMs }: EventOf<'refreshAsked'>): Polling {
  const { minIntervalMs, refreshedAtMs } = polling;
  if (minIntervalMs === null || atMs < (refreshedAtMs ?? 0)) return polling;
  const dueAtMs = refreshedAtMs === null ? atMs : Math.max(atMs, refreshedAtMs + minIntervalMs);
  return { ...pollNow(polling, atMs), dueAtMs, refreshedAtMs: dueAtMs };
}

/** Interrupts a wait or a poll, and polls urgently. */
export function pollNow(polling: Polling, nowMs: number): Polling {
  return { ...polling, interrupts: polling.interrupts + 1, urgentSinceMs: nowMs, dueAtMs: nowMs };
}
