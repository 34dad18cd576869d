import { describe, expect, test } from 'vitest';
import { carriedTrack } from '../../../src/tracking/carried.ts';
import { begin, type Track } from '../../../src/tracking/track.ts';
import {
  after,
  asked,
  MINUTE,
  polled,
  refusedAt,
  SECOND,
  T0,
  tracked,
  trackedAtDocswrite,
  tried,
} from '../../support/core-builders.ts';

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

/** The kind of each checked field, by its path in the track. */
const FIELDS: Readonly<Record<string, Kind>> = {
  'rules.shape': 'number',
  request: 'record',
  'request.job': 'record',
  'request.job.provider': 'text',
  'request.job.jobId': 'text',
  'request.labels': 'record',
  'request.trackedSinceMs': 'number',
  'request.plan': 'record',
  'request.plan.job': 'record',
  'request.plan.job.provider': 'text',
  'request.plan.job.jobId': 'text',
  'request.plan.polling': 'record',
  'request.plan.polling.minIntervalMs': 'number',
  'request.plan.polling.maxIntervalMs': 'number',
  'request.plan.polling.intervalMs': 'number',
  'request.plan.holdMs': 'number',
  'request.plan.continueAfterEvents': 'number',
  status: 'record',
  'status.snapshot': 'record or null',
  'status.lastChangeAtMs': 'number or null',
  'status.stateSinceMs': 'number',
  'status.scheduledMs': 'number',
  'status.quietSinceMs': 'number',
  'status.moderatedSinceMs': 'number or null',
  'status.missing': 'record or null',
  'status.trouble': 'record or null',
  'status.unserved': 'number',
  polling: 'record',
  'polling.memory': 'record',
  'polling.memory.polls': 'number',
  'polling.memory.trend': 'record',
  'polling.dueAtMs': 'number',
  'polling.answeredAskMs': 'number or null',
  'polling.urgentSinceMs': 'number or null',
  'polling.interrupts': 'number',
  'polling.refreshedAtMs': 'number or null',
  'polling.minIntervalMs': 'number or null',
  limits: 'record',
  'limits.allowed': 'record',
  'limits.asked': 'record or null',
  'limits.fired': 'list',
  'limits.passed': 'record or null',
  'limits.overdue': 'record or null',
  'limits.stalledSinceMs': 'number or null',
  cancel: 'record',
  'cancel.phase': 'text',
  end: 'record',
  'end.is': 'text',
  journal: 'record',
  'journal.version': 'number',
  'journal.timeline': 'list',
};

const REQUEST_WITHOUT_PLAN: Readonly<Record<string, Kind>> = {
  'request.job': 'record',
  'request.labels': 'record',
  'request.trackedSinceMs': 'number',
  'request.dueAtMs': 'number',
  'request.deferred': 'record or null',
};

const ASKED_CANCEL: Readonly<Record<string, Kind>> = {
  'cancel.phase': 'text',
  'cancel.requestedAtMs': 'number',
  'cancel.knownIds': 'list',
  'cancel.attempts': 'number',
};

const CALLED_CANCEL: Readonly<Record<string, Kind>> = { 'cancel.call': 'record', 'cancel.call.is': 'text' };

type Kind = 'number' | 'number or null' | 'record' | 'record or null' | 'list' | 'text';

const WRONG: Readonly<Record<Kind, readonly unknown[]>> = {
  number: ['1', null, undefined, {}, 8.65e15, -8.65e15],
  'number or null': ['1', undefined, {}, 8.65e15],
  record: ['text', 7, null, undefined, []],
  'record or null': ['text', 7, undefined, []],
  list: ['text', null, undefined, {}],
  text: [7, null, undefined, {}],
};

const CANCEL_AT = asked(MINUTE);
const cancelOfPhase: readonly [Track['cancel']['phase'], Track, Readonly<Record<string, Kind>>][] = [
  ['none', tracked(), {}],
  ['requested', after(tracked(), CANCEL_AT), { ...ASKED_CANCEL, ...CALLED_CANCEL }],
  [
    'accepted',
    after(tracked(), CANCEL_AT, ...tried(MINUTE, 'accepted')),
    { ...ASKED_CANCEL, ...CALLED_CANCEL, 'cancel.acceptedAtMs': 'number' },
  ],
  ['refused', after(tracked(), CANCEL_AT, ...[1, 2, 3].flatMap((minute) => refusedAt(minute * MINUTE))), ASKED_CANCEL],
  ['unsupported', after(trackedAtDocswrite(), CANCEL_AT), ASKED_CANCEL],
];

describe('each field of a track is checked', () => {
  const open = after(tracked(), polled(SECOND));
  const unplanned = begin({ job: { provider: 'deepwriter', jobId: '1' } }, T0);
  const cases: [string, Track, Readonly<Record<string, Kind>>][] = [
    ['with a plan', open, FIELDS],
    ['without a plan', unplanned, REQUEST_WITHOUT_PLAN],
    ...cancelOfPhase.map(([phase, track, fields]): (typeof cases)[number] => [`cancel ${phase}`, track, fields]),
  ];

  test.each(cases)('%s: the track is taken over, as JSON hands it on', (_, track) => {
    const sent: unknown = JSON.parse(JSON.stringify(track));
    expect(carriedTrack(sent, continued)).toBe(sent);
  });

  test.each(cancelOfPhase)('a cancel that is %s', (phase, track) => {
    expect(track.cancel.phase).toBe(phase);
  });

  test.each(cases)('%s: a field of another type makes it no track', (_, track, fields) => {
    const taken = Object.entries(fields).flatMap(([path, kind]) =>
      WRONG[kind]
        .filter((wrong) => carriedTrack(replaced(track, path, wrong), continued) !== null)
        .map((wrong) => [path, wrong]),
    );
    expect(taken).toEqual([]);
  });

  test.each(cases)(
    '%s: a field may be null where the type says so, and a time may be the last one',
    (_, track, fields) => {
      const refused = Object.entries(fields).flatMap(([path, kind]) => {
        const right = [...(kind.endsWith('null') ? [null] : []), ...(kind.startsWith('number') ? [8.64e15] : [])];
        return right
          .filter((value) => carriedTrack(replaced(track, path, value), continued) === null)
          .map((value) => [path, value]);
      });
      expect(refused).toEqual(Object.hasOwn(fields, 'rules.shape') ? [['rules.shape', 8.64e15]] : []);
    },
  );

  test.each([
    ['the shortest interval', 'request.plan.polling.intervalMs', 1_000, 999],
    ['the fewest events of a run', 'request.plan.continueAfterEvents', 10, 9],
    ['the longest part of a job', 'request.job.jobId', 'x'.repeat(200), 'x'.repeat(201)],
    ['the shortest part of a job', 'request.job.jobId', 'x', ''],
    ['the first character of a part', 'request.job.jobId', ' ', '\u001f'],
    ['the last character of a part', 'request.job.jobId', '~', '\u007f'],
    ['an optional part', 'request.job.account', undefined, null],
  ])('%s is taken, and what is beyond it is not', (_, path, last, beyond) => {
    expect(carriedTrack(replaced(open, path, last), continued)).not.toBeNull();
    expect(carriedTrack(replaced(open, path, beyond), continued)).toBeNull();
  });
});

function replaced(track: Track, path: string, value: unknown): object {
  const copy = structuredClone(track) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const parent = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, copy);
  parent[keys.at(-1) ?? ''] = value;
  return copy;
}

function withPlan(over: object): object {
  const track: Track = tracked();
  return { ...track, request: { ...track.request, plan: { ...track.request.plan, ...over } } };
}

function withPolling(over: object): object {
  const track: Track = tracked();
  return { ...track, polling: { ...track.polling, ...over } };
}
