import type { FailureKind } from '../../src/contract/failure.ts';
import type { Snapshot } from '../../src/contract/job.ts';
import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import type { PollAnswer, PollMemory, PollRequest } from '../../src/polling/memory.ts';
import type { Reading, Weighed } from '../../src/polling/evaluate.ts';
import { emptyMemory } from '../../src/polling/memory.ts';
import { weigh } from '../../src/polling/evaluate.ts';
import { DEEPWRITER, snapshotOf, T0 } from './core-builders.ts';

export function requestOf(over: Partial<PollRequest> = {}): PollRequest {
  return {
    job: DEEPWRITER,
    policy: DEFAULT_POLLING,
    usualMs: null,
    memory: emptyMemory(T0),
    firstWaitMs: 0,
    tell: 'changes',
    cancel: null,
    ...over,
  };
}

export function saw(snapshot: Partial<Snapshot> = {}): Reading {
  return { type: 'snapshot', snapshot: snapshotOf(snapshot) };
}

type Failure = Extract<Reading, { type: 'failure' }>;

export function broke(kind: FailureKind = 'unavailable', over: Partial<Failure> = {}): Reading {
  return { type: 'failure', kind, message: `HTTP: ${kind}`, retryAfterMs: null, edge: false, ...over };
}

/** Moments in ms since the begin of the story. */
export type Look = readonly [afterMs: number, reading: Reading];

export interface Polled {
  memory: PollMemory;
  weighed: Weighed[];
  /** What was told to the workflow: one entry per look, null: nothing. */
  told: (PollAnswer | null)[];
  intervals: number[];
}

/** Polls as the activity does: the memory goes from look to look. */
export function poll(looks: readonly Look[], over: Partial<PollRequest> = {}, chance = 0): Polled {
  const request = requestOf(over);
  const weighed: Weighed[] = [];
  let { memory } = request;
  for (const [afterMs, reading] of looks) {
    const next = weigh(request, memory, reading, { nowMs: T0 + afterMs, chance, reportEveryMs: 5_000 });
    weighed.push(next);
    memory = next.memory;
  }
  return {
    memory,
    weighed,
    told: weighed.map(({ answer }) => answer),
    intervals: weighed.map(({ intervalMs }) => intervalMs),
  };
}

/** @returns in one word per look what was told, '-' for nothing; an end is marked by '!' */
export function wordsOf({ told }: Polled): string[] {
  return told.map((answer) => {
    if (answer === null) return '-';
    const kind = answer.type === 'degraded' ? answer.kind : answer.type;
    return answer.type !== 'polled' && answer.final ? `${kind}!` : kind;
  });
}
