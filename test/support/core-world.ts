import * as fc from 'fast-check';
import { apply } from '../../src/tracking/apply.ts';
import type { CancelAnswer } from '../../src/contract/cancel.ts';
import { cancelDueAtMs, decide, interrupts, wakeAtMs } from '../../src/tracking/decide.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { PollMemory, PollRequest } from '../../src/polling/memory.ts';
import { evaluate, type Evaluation, type PollResult } from '../../src/polling/evaluate.ts';
import type { TrackEvent } from '../../src/tracking/event.ts';
import { begin, type Track } from '../../src/tracking/track.ts';
import { anyAsk, anyCancelAnswer, anyDelayMs, anyLimits, anyLiveSnapshot, anyPollResult } from './core-arbitraries.ts';
import { MINUTE, T0 } from './core-builders.ts';

/** Something that others do to a workflow, or the next thing that it does itself. */
export type Move =
  | { do: 'look'; reading: PollResult; latencyMs: number; chance: number }
  | { do: 'event'; event: EventOf<'cancelAsked' | 'refreshAsked' | 'limitsSet'> }
  | { do: 'reply'; answer: CancelAnswer }
  | { do: 'pass'; ms: number }
  | { do: 'unserved' }
  | { do: 'continue' };

type EventOf<T extends TrackEvent['type']> = T extends TrackEvent['type']
  ? Omit<Extract<TrackEvent, { type: T }>, 'atMs'>
  : never;

export function anyMove(readings: fc.Arbitrary<PollResult> = anyPollResult(anyLiveSnapshot)): fc.Arbitrary<Move> {
  const look = fc.record({
    do: fc.constant('look' as const),
    reading: readings,
    latencyMs: fc.constantFrom(0, 50, 15_000),
    chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
  const events: fc.Arbitrary<EventOf<'cancelAsked' | 'refreshAsked' | 'limitsSet'>> = fc.oneof(
    fc.record({ type: fc.constant('cancelAsked' as const), ask: anyAsk }),
    fc.record({ type: fc.constant('refreshAsked' as const) }),
    fc.record({ type: fc.constant('limitsSet' as const), limits: anyLimits }),
  );
  return fc.oneof(
    { weight: 8, arbitrary: look },
    { weight: 2, arbitrary: events.map((event): Move => ({ do: 'event', event })) },
    { weight: 2, arbitrary: anyCancelAnswer.map((answer): Move => ({ do: 'reply', answer })) },
    { weight: 2, arbitrary: anyDelayMs.map((ms): Move => ({ do: 'pass', ms })) },
    { weight: 1, arbitrary: fc.constantFrom<Move>({ do: 'unserved' }, { do: 'continue' }) },
  );
}

/** A running status activity with its memory. */
interface Activity {
  request: PollRequest;
  memory: PollMemory;
  askedAtMs: number;
  dueAtMs: number;
}

export interface Seen {
  before: Track;
  track: Track;
}

/** Simulates a workflow and its activities: keeps the time, polls, and sends the cancel. */
export class World {
  track: Track;
  nowMs = T0;
  activity: Activity | null = null;
  /** true: a call of the cancel endpoint is running. The workflow makes only one call at a time. */
  isSent = false;
  readonly steps: Seen[] = [];
  readonly weighed: { request: PollRequest; reading: PollResult; result: Evaluation; nowMs: number }[] = [];

  constructor(plan: Plan) {
    this.track = begin({ job: plan.job, labels: plan.labels }, T0);
    this.record({ type: 'planned', plan, atMs: T0 });
  }

  make(move: Move): void {
    switch (move.do) {
      case 'look':
        return this.look(move);
      case 'event':
        return this.record({ ...move.event, atMs: this.nowMs });
      case 'reply':
        return this.reply(move.answer);
      case 'pass':
        return this.passTo(this.nowMs + move.ms);
      case 'unserved':
        this.activity = null;
        this.passTo(this.nowMs + 5 * MINUTE);
        return this.record({ type: 'unserved', message: 'nobody', atMs: this.nowMs });
      case 'continue':
        this.activity = null;
        this.isSent = false;
        this.track = JSON.parse(JSON.stringify(this.track)) as Track;
        return this.record({ type: 'resumed', atMs: this.nowMs });
      default:
        return move satisfies never;
    }
  }

  private record(event: TrackEvent): void {
    const before = this.track;
    this.track = apply(before, event);
    this.steps.push({ before, track: this.track });
    if (interrupts(before, this.track)) this.activity = null;
  }

  /** Lets time pass. Each timer of the track fires in time, and each cancel is sent when it is due. */
  private passTo(untilMs: number): void {
    for (;;) {
      const wakeMs = wakeAtMs(this.track, this.nowMs) ?? Number.POSITIVE_INFINITY;
      const dueMs = cancelDueAtMs(this.track);
      const sendMs = dueMs === null || this.isSent ? Number.POSITIVE_INFINITY : Math.max(dueMs, this.nowMs);
      const nextMs = Math.min(wakeMs, sendMs);
      if (nextMs > untilMs) break;
      this.nowMs = nextMs;
      if (sendMs <= wakeMs) this.isSent = true;
      this.record({ type: sendMs <= wakeMs ? 'cancelSent' : 'timePassed', atMs: nextMs });
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  private reply(answer: CancelAnswer): void {
    this.passTo(this.nowMs);
    if (!this.isSent) return;
    this.isSent = false;
    this.record({ type: 'cancelAnswered', answer, atMs: this.nowMs });
  }

  private look({ reading, latencyMs, chance }: Extract<Move, { do: 'look' }>): void {
    const activity = this.begun();
    if (activity === null) return;
    this.passTo(Math.max(this.nowMs, activity.dueAtMs) + latencyMs);
    if (this.activity !== activity) return;
    const { request, askedAtMs } = activity;
    const result = evaluate(
      { request, memory: activity.memory, time: { nowMs: this.nowMs, chance, reportEveryMs: 5_000 } },
      reading,
    );
    this.weighed.push({ request, reading, result, nowMs: this.nowMs });
    if (result.answer === null) {
      this.activity = { ...activity, memory: result.memory, dueAtMs: this.nowMs + result.intervalMs };
      return;
    }
    this.activity = null;
    this.record({ ...result.answer, askedAtMs, atMs: this.nowMs });
  }

  private begun(): Activity | null {
    if (this.activity !== null) return this.activity;
    const step = decide(this.track, this.nowMs);
    if (step.do === 'wait') this.passTo(Math.min(this.nowMs + step.forMs, this.track.polling.dueAtMs));
    const next = decide(this.track, this.nowMs);
    if (next.do !== 'poll') return null;
    const { request } = next;
    this.activity = {
      request,
      memory: request.memory,
      askedAtMs: this.nowMs,
      dueAtMs: this.nowMs + request.firstWaitMs,
    };
    return this.activity;
  }
}
