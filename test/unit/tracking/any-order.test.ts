import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { apply } from '../../../src/tracking/apply.ts';
import { holdMsOf } from '../../../src/contract/plan.ts';
import { cancelDueAtMs, decide, wakeAtMs } from '../../../src/tracking/decide.ts';
import { progressOf } from '../../../src/tracking/views/progress.ts';
import { detailsOf } from '../../../src/contract/render.ts';
import type { TrackEvent } from '../../../src/tracking/event.ts';
import { isNative } from '../../../src/tracking/state/cancel/facts.ts';
import { begin, type Track } from '../../../src/tracking/track.ts';
import { anyDelayMs, anyEvents, anyPlan } from '../../support/core-arbitraries.ts';
import { DEEPWRITER, RUNS, T0, outcomeIn } from '../../support/core-builders.ts';

vi.setConfig({ testTimeout: 120_000 }); // each property runs a thousand times, and the machine may be busy

const anyBegin: fc.Arbitrary<Track> = fc.oneof(
  fc.constant(begin({ job: DEEPWRITER }, T0)),
  anyPlan.map((plan) => apply(begin({ job: plan.job }, T0), { type: 'planned', plan, atMs: T0 })),
);

/** Runs `check` after each event of any story. */
function always(check: (before: Track, event: TrackEvent, track: Track) => void): void {
  fc.assert(
    fc.property(anyBegin, anyEvents, (first, events) => {
      events.reduce((before, event) => {
        const track = apply(before, event);
        check(before, event, track);
        return track;
      }, first);
    }),
    { numRuns: RUNS },
  );
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const member of Object.values(Object.freeze(value))) frozen(member);
  return value;
}

const visible = (track: Track): string => JSON.stringify(progressOf(track));

describe('in any order of events', () => {
  test('I6: there is one outcome, and nothing changes after it', () => {
    always((before, _, track) => {
      if (before.end.is !== 'open') expect(track).toBe(before);
    });
  });

  test('I6: an ended track says so at any time, and waits for nothing', () => {
    fc.assert(
      fc.property(anyBegin, anyEvents, anyDelayMs, (first, events, delayMs) => {
        const track = events.reduce(apply, first);
        fc.pre(outcomeIn(track) !== null);
        expect(decide(track, T0 + delayMs)).toEqual({ do: 'end', outcome: outcomeIn(track) });
        expect([wakeAtMs(track, T0 + delayMs), cancelDueAtMs(track)]).toEqual([null, null]);
      }),
      { numRuns: RUNS },
    );
  });

  test('the version grows by one with each change, and with nothing else', () => {
    always((before, _, track) => {
      expect(track.journal.version).toBe(track === before ? before.journal.version : before.journal.version + 1);
      if (visible(before) !== visible(track)) expect(track.journal.version).toBe(before.journal.version + 1);
    });
  });

  test('I7: there is a next step, neither before now nor after the interval', () => {
    always((_, event, track) => {
      const step = decide(track, event.atMs);
      const { plan } = track.request;
      const holdMs = plan === null ? 0 : holdMsOf(plan);
      if (step.do === 'wait') expect(step.forMs).toBeGreaterThan(holdMs);
      if (step.do === 'poll') expect(step.request.firstWaitMs).toBeGreaterThanOrEqual(0);
      if (step.do === 'poll') expect(step.request.firstWaitMs).toBeLessThanOrEqual(holdMs);
      if ('intervalMs' in event && step.do === 'wait') expect(step.forMs).toBeLessThanOrEqual(event.intervalMs);
    });
  });

  test('each change by time alone lies in the future, so that no timer fires forever', () => {
    always((_, event, track) => {
      const wakeMs = wakeAtMs(track, event.atMs);
      if (wakeMs !== null) expect(wakeMs).toBeGreaterThan(event.atMs);
    });
  });

  test('I4: no cancel is lost: an open cancel is being sent, is due, awaits a check or is accepted', () => {
    always((_, __, { end, request, cancel }) => {
      if (end.is === 'ended' || request.plan === null || cancel.phase !== 'requested') return;
      expect(cancel.call.is !== 'idle' || cancel.checkSinceMs !== null).toBe(true);
    });
  });

  test('I4: a cancel that was asked for never goes back to none', () => {
    always((before, event, track) => {
      if (before.cancel.phase !== 'none') expect(track.cancel.phase).not.toBe('none');
      if (event.type === 'cancelAsked' && before.end.is === 'open') {
        expect(track.cancel.phase).not.toBe('none');
      }
    });
  });

  test('a native cancellation is kept at any time', () => {
    always((before, event, track) => {
      const open = before.end.is === 'open';
      const native = event.type === 'cancelAsked' && event.ask.via === 'native' && open;
      if (isNative(before.cancel) || native) expect(isNative(track.cancel)).toBe(true);
    });
  });

  test('a track is JSON, and goes on the same way after a continue-as-new (S4)', () => {
    always((before, event, track) => {
      const carried = JSON.parse(JSON.stringify(before)) as Track;
      expect(carried).toEqual(before);
      expect(apply(carried, JSON.parse(JSON.stringify(event)) as TrackEvent)).toEqual(track);
    });
  });

  test('nothing is changed in place (S3)', () => {
    always((before, event) => {
      apply(frozen(before), frozen(event));
      decide(before, event.atMs);
    });
  });

  test('the track can be shown', () => {
    always((_, __, track) => {
      const progress = progressOf(track);
      expect(JSON.parse(JSON.stringify(progress))).toEqual(progress);
      expect(detailsOf(progress)).not.toMatch(/undefined|NaN|null/);
      expect(track.journal.timeline.length).toBeLessThanOrEqual(50);
    });
  });
});
