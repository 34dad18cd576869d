import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { apply } from '../../../src/tracking/apply.ts';
import { decide } from '../../../src/tracking/decide.ts';
import { DEFAULT_LIMITS } from '../../../src/contract/limits.ts';
import { emptyMemory } from '../../../src/polling/memory.ts';
import { progressOf } from '../../../src/tracking/views/progress.ts';
import { inputProblems } from '../../support/input-problems.ts';
import { begin, type Track } from '../../../src/tracking/track.ts';
import { asked, DOCSWRITE, planOf, RUNS, T0, tracked } from '../../support/core-builders.ts';

vi.setConfig({ testTimeout: 120_000 }); // each property runs a thousand times, and the machine may be busy

describe('a track', () => {
  test('begins with only the input', () => {
    expect(begin({ job: DOCSWRITE, labels: { a: 'b' } }, T0)).toEqual({
      rules: { shape: 2 },
      request: { job: DOCSWRITE, labels: { a: 'b' }, trackedSinceMs: T0, plan: null, dueAtMs: T0, deferred: null },
      status: {
        snapshot: null,
        lastChangeAtMs: null,
        stateSinceMs: T0,
        scheduledMs: 0,
        quietSinceMs: T0,
        moderatedSinceMs: null,
        missing: null,
        trouble: null,
        unserved: 0,
      },
      polling: {
        memory: emptyMemory(T0),
        dueAtMs: T0,
        answeredAskMs: null,
        urgentSinceMs: null,
        interrupts: 0,
        refreshedAtMs: null,
        minIntervalMs: null,
      },
      limits: { allowed: DEFAULT_LIMITS, asked: {}, fired: [], passed: null, overdue: null, stalledSinceMs: null },
      cancel: { phase: 'none', supported: null },
      end: { is: 'open' },
      journal: { version: 1, timeline: [] },
    });
  });

  test('takes job, labels and limits from the plan', () => {
    const plan = planOf({ limits: { totalMs: 5_000 } });
    expect(tracked({ limits: { totalMs: 5_000 } })).toMatchObject({
      request: { plan, job: plan.job, labels: plan.labels },
      limits: { allowed: plan.limits },
    });
  });

  const nobody = { provider: '', jobId: '' };

  test.each<[string, unknown, object, object]>([
    ['nothing', undefined, nobody, {}],
    ['null', null, nobody, {}],
    ['a number', 42, nobody, {}],
    ['a text', 'docswrite', nobody, {}],
    ['a list', [1, 2], nobody, {}],
    ['an empty object', {}, nobody, {}],
    ['a job that is a text', { job: 'docswrite:42' }, nobody, {}],
    ['a job that is null', { job: null, labels: null }, nobody, {}],
    ['a job that is a list', { job: ['docswrite'], labels: ['a'] }, nobody, {}],
    [
      'a job id that is a number',
      { job: { provider: 'docswrite', jobId: 42 } },
      { provider: 'docswrite', jobId: '' },
      {},
    ],
    ['labels that are no texts', { job: DOCSWRITE, labels: { a: 1, b: 'x', c: {} } }, DOCSWRITE, { b: 'x' }],
    [
      'parameters that are no texts',
      { job: { ...DOCSWRITE, queueType: 7, x: 'y' } },
      { ...DOCSWRITE, queueType: undefined, x: 'y' },
      {},
    ],
  ])('begins from %s, and the plan will refuse it', (_, input, job, labels) => {
    const track = begin(input, T0);
    expect(progressOf(track)).toMatchObject({ state: 'pending', labels });
    expect(track.request.job).toEqual(job);
    expect(decide(track, T0)).toEqual({ do: 'plan' });
  });

  test('I9: shows only a few plain texts of the input, before the plan has checked it', () => {
    const keys = Array.from({ length: 1_000 }, (_, n) => [`key${n}`, 'x'.repeat(1_000)] as const);
    const job = { provider: 'a\ud800b', jobId: '\u001b[31m', ...Object.fromEntries(keys) };
    const track = begin({ job, labels: { '\udc00': 'l\u0007' } }, T0);
    expect(track.request.labels).toEqual({ '\ufffd': 'l' });
    expect([track.request.job.provider, track.request.job.jobId]).toEqual(['a\ufffdb', '']);
    expect(JSON.stringify(track).length).toBeLessThan(10_000);
  });

  test('a provider that the planning worker does not know is asked again for 10 min, and then refused', () => {
    const problems = [{ field: 'job.provider', problem: 'must be one of docswrite' }];
    const message = 'job.provider must be one of docswrite';
    const deferred = (track: Track, atMs: number): Track =>
      apply(track, { type: 'planDeferred', message, problems, atMs, endsByCancel: false });
    const first = deferred(begin({ job: { provider: 'printshop', jobId: '1' } }, T0), T0);
    expect(decide(first, T0)).toEqual({ do: 'wait', forMs: 5_000 });
    expect(decide(first, T0 + 5_000)).toEqual({ do: 'plan' });
    expect(progressOf(first).health).toMatchObject({ status: 'degraded', error: expect.stringContaining(message) });
    const second = deferred(first, T0 + 5_000);
    expect(decide(second, T0 + 5_000)).toEqual({ do: 'wait', forMs: 10_000 });
    const planned = apply(second, { type: 'planned', plan: planOf({}), atMs: T0 + 15_000 });
    expect([progressOf(planned).health.status, planned.status.unserved]).toEqual(['ok', 0]);
    expect(decide(deferred(second, T0 + 600_000), T0 + 600_000)).toEqual({ do: 'refuse', message, problems });
  });

  test('I6: a cancel ends tracking if no worker knows the provider, because no worker can cancel the job there', () => {
    const message = 'job.provider must be one of docswrite';
    const waiting = apply(begin({ job: { provider: 'printshop', jobId: '1' } }, T0), asked(1_000));
    const event = { type: 'planDeferred', message, problems: [], atMs: T0 + 2_000 } as const;
    expect(decide(apply(waiting, { ...event, endsByCancel: false }), T0 + 2_000)).toMatchObject({ do: 'wait' });
    const ended = apply(waiting, { ...event, endsByCancel: true });
    expect(decide(ended, T0 + 2_000)).toMatchObject({
      do: 'end',
      outcome: { status: 'abandoned', why: 'cancel-unsupported', job: { provider: 'printshop', jobId: '1' } },
    });
    expect(ended.cancel).toMatchObject({ phase: 'unsupported', error: message, attempts: 0 });
  });

  test('begins from any value, and can be shown', () => {
    const nearlyRight = fc.record(
      { job: fc.anything(), labels: fc.anything(), limits: fc.anything(), polling: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), nearlyRight), (input) => {
        const track = begin(input, T0);
        expect(JSON.parse(JSON.stringify(track))).toEqual(track);
        expect(decide(track, T0)).toEqual({ do: 'plan' });
        expect(progressOf(track).state).toBe('pending');
        expect(inputProblems(input)).toEqual(expect.any(Array));
      }),
      { numRuns: RUNS },
    );
  });
});
