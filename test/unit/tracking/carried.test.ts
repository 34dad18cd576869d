import { describe, expect, test } from 'vitest';
import { carriedTrack } from '../../../src/tracking/carried.ts';
import type { Track } from '../../../src/tracking/track.ts';
import { tracked } from '../../support/core-builders.ts';

const continued = { continuedFromRunId: 'the run before', isRepeated: false };

test('a run that continues another one takes over its track', () => {
  const track = tracked();
  expect(carriedTrack(track, continued)).toBe(track);
});

test('a track from a version without a later field is accepted', () => {
  const track = tracked();
  const ruled = (unknownStalls: unknown): object => ({ ...track, rules: { ...track.rules, unknownStalls } });
  expect(track.rules).not.toHaveProperty('unknownStalls');
  expect(carriedTrack(track, continued)).toBe(track);
  expect(carriedTrack(ruled(true), continued)).toEqual(ruled(true));
  expect(carriedTrack(ruled('yes'), continued)).toBeNull();
});

test.each([
  ['a run that a caller started', { ...continued, continuedFromRunId: undefined }],
  [
    'a run that a retry policy or a schedule began, with the arguments of its caller',
    { ...continued, isRepeated: true },
  ],
])('%s has no track, with any argument', (_, origin) => {
  expect(carriedTrack(tracked(), origin)).toBeNull();
});

describe('a value that is no track is not accepted, also in a continued run', () => {
  const forged: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['an empty object', {}],
    ['a number', 7],
    [
      'a job id that is an object',
      { ...tracked(), request: { ...tracked().request, job: { provider: 'docswrite', jobId: {} } } },
    ],
    ['a plan whose job id is an object', withPlan({ job: { provider: 'docswrite', jobId: {} } })],
    ['a provider that is a half surrogate', withPlan({ job: { provider: '\ud800', jobId: '1' } })],
    ['an account that is no name', withPlan({ job: { provider: 'docswrite', jobId: '1', account: 'a\u0007' } })],
    ['a job id that is too long', withPlan({ job: { provider: 'docswrite', jobId: 'x'.repeat(201) } })],
    ['a run that continues as new at each event', withPlan({ continueAfterEvents: 1 })],
    ['a time that no clock shows', withPolling({ dueAtMs: 1e300 })],
    [
      'an interval of no time',
      withPlan({ polling: { mode: 'fixed', minIntervalMs: 0, maxIntervalMs: 0, intervalMs: 0 } }),
    ],
    ['a limit of events that is always passed', withPlan({ continueAfterEvents: null })],
    ['times that are texts', withPolling({ dueAtMs: 'now' })],
    ['an end that is a text', { ...tracked(), end: 'completed' }],
    ['a cancel of no phase', { ...tracked(), cancel: { phase: 'soon' } }],
    ['an accepted cancel without a request', { ...tracked(), cancel: { phase: 'accepted' } }],
    ['a part that is left out', { ...tracked(), status: undefined }],
    ['other rules', { ...tracked(), rules: { shape: 7 } }],
  ];
  test.each(forged)('%s', (_, sent) => {
    expect(carriedTrack(sent, continued)).toBeNull();
  });
});

function withPlan(over: object): object {
  const track: Track = tracked();
  return { ...track, request: { ...track.request, plan: { ...track.request.plan, ...over } } };
}

function withPolling(over: object): object {
  const track: Track = tracked();
  return { ...track, polling: { ...track.polling, ...over } };
}
