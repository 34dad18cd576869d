import type { FailureKind } from '../../src/contract/failure.ts';
import type { Snapshot } from '../../src/contract/job.ts';
import { DEFAULT_POLLING } from '../../src/contract/polling-options.ts';
import { emptyMemory, type PollAnswer, type PollMemory, type PollRequest } from '../../src/polling/memory.ts';
import { evaluate, type Evaluation, type PollResult } from '../../src/polling/evaluate.ts';
import { DEEPWRITER, snapshotOf, T0 } from './core-builders.ts';

export function requestOf(over: Partial<PollRequest> = {}): PollRequest {
  return {
    job: DEEPWRITER,
    policy: DEFAULT_POLLING,
    usualMs: null,
    memory: emptyMemory(T0),
    firstWaitMs: 0,
    report: 'changes',
    cancel: null,
    ...over,
  };
}

export function saw(snapshot: Partial<Snapshot> = {}): PollResult {
  return { type: 'snapshot', snapshot: snapshotOf(snapshot) };
}

type Failure = Extract<PollResult, { type: 'failure' }>;

export function broke(kind: FailureKind = 'unavailable', over: Partial<Failure> = {}): PollResult {
  return { type: 'failure', kind, message: `HTTP: ${kind}`, retryAfterMs: null, edge: false, ...over };
}

/** One poll: its time in ms since the start of the story, and its result. */
export type Look = readonly [afterMs: number, reading: PollResult];

export interface Polled {
  memory: PollMemory;
  weighed: Evaluation[];
  /** The reports to the workflow, one entry per poll. null: no report. */
  reported: (PollAnswer | null)[];
  intervals: number[];
}

/** Polls as the activity does. Each poll gets the memory of the one before. */
export function poll(looks: readonly Look[], over: Partial<PollRequest> = {}, chance = 0): Polled {
  const request = requestOf(over);
  const weighed: Evaluation[] = [];
  let { memory } = request;
  for (const [afterMs, reading] of looks) {
    const next = evaluate({ request, memory, time: { nowMs: T0 + afterMs, chance, reportEveryMs: 5_000 } }, reading);
    weighed.push(next);
    memory = next.memory;
  }
  return {
    memory,
    weighed,
    reported: weighed.map(({ answer }) => answer),
    intervals: weighed.map(({ intervalMs }) => intervalMs),
  };
}

/** @returns one word for the report of each poll. '-': no report. '!' marks a report that ends tracking */
export function wordsOf({ reported }: Polled): string[] {
  return reported.map((answer) => {
    if (answer === null) return '-';
    const kind = answer.type === 'degraded' ? answer.kind : answer.type;
    return answer.type !== 'polled' && answer.final ? `${kind}!` : kind;
  });
}
