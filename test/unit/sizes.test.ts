import { describe, expect, test } from 'vitest';
import { searchAttributes } from '../../src/contract/index.ts';
import { TIMELINE_LENGTH } from '../../src/contract/progress.ts';
import { apply } from '../../src/tracking/apply.ts';
import { changeKeyOf } from '../../src/polling/memory.ts';
import { inputProblems } from '../support/input-problems.ts';
import type { Snapshot } from '../../src/contract/job.ts';
import { labelPairsOf } from '../../src/contract/labels.ts';
import { closingOf } from '../../src/tracking/views/outcome.ts';
import { firstProblems, sentenceOf } from '../../src/contract/problem.ts';
import { progressOf } from '../../src/tracking/views/progress.ts';
import { detailsOf, uiSummaryOf } from '../../src/contract/render.ts';
import { SERVER_LIMITS } from '../../src/contract/server-limits.ts';
import type { TrackEvent } from '../../src/tracking/event.ts';
import { begin, type Track } from '../../src/tracking/track.ts';
import { boundSnapshot } from '../../src/providers/reading/bound-snapshot.ts';
import { failureConverter, payloadConverter } from '../../src/workflows/converters.ts';
import {
  asked,
  degraded,
  HOUR,
  planOf,
  polled,
  SECOND,
  sent,
  snapshotOf,
  T0,
  outcomeIn,
} from '../support/core-builders.ts';

// The largest values that our own functions produce from any text of a caller or a service, as JSON in UTF-8. The euro sign takes the
// most bytes: three for one character. A backslash takes two bytes, and four after the escaping of Markdown.
const EURO = '\u20ac';
const LONG = EURO.repeat(5_000);
/** The bytes that protobuf adds to the JSON of a few payloads: names of encodings, lengths. */
const ENVELOPE = 1_000;

function bytesOf(...values: unknown[]): number {
  return ENVELOPE + values.reduce<number>((sum, value) => sum + Buffer.byteLength(JSON.stringify(value)), 0);
}

/** JSON of nearly 64 KiB. */
const BIG = { text: EURO.repeat(21_840) };
const JOB = { provider: 'docswrite', jobId: `${'x'.repeat(180)}\\`, account: 'a'.repeat(40), queueType: '"' };
const LABELS = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`key-${n}`, EURO.repeat(30)]));
const INPUT = {
  job: JOB,
  labels: LABELS,
  polling: { mode: 'adaptive', minIntervalMs: 86_400_000, maxIntervalMs: 86_400_000, intervalMs: 86_400_000 },
  limits: { totalMs: 31_622_400_000, queuedMs: 31_622_400_000, runningMs: 31_622_400_000, stalledMs: 31_622_400_000 },
} as const;

function greatest(over: Partial<Snapshot>, fill = LONG): Snapshot {
  const { progress, ...rest } = snapshotOf();
  const texts = Object.keys(rest).filter((name) => rest[name as keyof typeof rest] === null && name !== 'ranForMs');
  const filled = Object.fromEntries(texts.map((name) => [name, fill]));
  const result = { value: BIG, link: `https://a.example/${EURO.repeat(982)}`, warnings: Array<string>(60).fill(fill) };
  const read = { ...rest, ...filled, progress, rawProgress: fill, ranForMs: 86_400_000, details: BIG };
  return boundSnapshot({ ...read, ...over, result, providerState: fill }, (text) => text);
}

/** @returns the fullest possible track of a job that still runs, at a service that sends the longest texts */
function fullTrack(fill = LONG): Track {
  const cut = greatest({}, fill).title;
  const reported = changeKeyOf(greatest({}, fill));
  const planned: TrackEvent = { type: 'planned', plan: planOf({ job: JOB, labels: LABELS }), atMs: T0 };
  const flapping = Array.from({ length: TIMELINE_LENGTH }, (_, n) => [
    polled(n * SECOND, greatest({ state: n % 2 === 0 ? 'running' : 'queued' }, fill)),
    degraded(n * SECOND, { message: `${n}${cut}` }, { memory: { reported } }),
  ]).flat();
  const asks = Array.from({ length: 30 }, (_, n) =>
    asked(HOUR, 'update', { reason: fill, by: fill, id: `${n}${fill}` }),
  );
  const unanswered = {
    status: 'unanswered',
    reason: cut ?? '',
    retryInMs: 1,
    attempts: 1,
    mayHaveWorked: true,
  } as const;
  const heard: TrackEvent = { type: 'cancelAnswered', answer: unanswered, atMs: T0 + HOUR };
  const begun = begin(INPUT, T0);
  return [planned, ...flapping, ...asks, sent(HOUR), heard].reduce(apply, begun);
}

function ended(state: Snapshot['state']): Track {
  return apply(fullTrack(), polled(HOUR, greatest({ state })));
}

describe('I9: the largest values that we send are within the limits of the server', () => {
  const track = fullTrack();

  test('the test track is really full: all labels, a whole timeline, two values of 64 KiB, all warnings, all ids of cancels', () => {
    expect(inputProblems(INPUT)).toEqual([]);
    expect(inputProblems({ ...INPUT, labels: { ...LABELS, 'key-0': EURO.repeat(70) } })).not.toEqual([]);
    expect(track.journal.timeline).toHaveLength(50);
    const lengths = track.journal.timeline.map(({ note, providerState }) => [note?.length, providerState?.length]);
    expect(lengths.filter(([note]) => (note ?? 0) > 1_000)).toHaveLength(TIMELINE_LENGTH - 1); // the last entry is about the cancel
    expect(lengths.every(([, word]) => word === 1_000)).toBe(true);
    expect(track.status.snapshot?.details).toEqual(BIG);
    expect(track.status.snapshot?.result?.value).toEqual(BIG);
    expect(track.status.snapshot?.result?.warnings.map(({ length }) => length)).toEqual(Array(50).fill(1_000));
    expect(track.cancel).toHaveProperty('knownIds.length', 20);
    expect(outcomeIn(track)).toBeNull();
  });

  test('the input of a start, its summary and memo', () => {
    expect(bytesOf(INPUT)).toBeLessThan(10_000);
    expect(bytesOf({ summary: uiSummaryOf(JOB) })).toBeLessThan(SERVER_LIMITS.memoBytes);
    expect(Buffer.byteLength(JSON.stringify(uiSummaryOf(JOB, 'next poll of ')))).toBeLessThan(
      SERVER_LIMITS.summaryBytes,
    );
  });

  test('the state and the memo for the next run, in one message', () => {
    expect(bytesOf(INPUT, track)).toBeLessThan(SERVER_LIMITS.blobBytes);
    expect(bytesOf(INPUT, track, { summary: uiSummaryOf(JOB) })).toBeLessThan(SERVER_LIMITS.messageBytes);
  });

  test('the input, the details and the result of an activity', () => {
    const answer = polled(0, greatest({ state: 'completed' }));
    expect(bytesOf(answer)).toBeLessThan(SERVER_LIMITS.blobBytes);
    expect(bytesOf({ job: JOB, policy: track.request.plan?.polling, memory: track.polling.memory })).toBeLessThan(
      SERVER_LIMITS.blobBytes,
    );
  });

  test('the answer to a query, with the details of the UI, in which a backslash takes four bytes', () => {
    expect(bytesOf(progressOf(ended('completed')))).toBeLessThan(SERVER_LIMITS.blobBytes);
    expect(bytesOf(track.journal.timeline)).toBeLessThan(SERVER_LIMITS.blobBytes);
    for (const fill of [EURO, '\\']) {
      const details = detailsOf(progressOf(fullTrack(fill.repeat(5_000))));
      expect(bytesOf(details)).toBeLessThan(SERVER_LIMITS.blobBytes);
    }
  });

  test('how a workflow closes: a result, a failure with the outcome, a memo', () => {
    expect(bytesOf(outcomeIn(ended('completed')))).toBeLessThan(SERVER_LIMITS.blobBytes);
    const outcome = outcomeIn(ended('failed'));
    const closing = outcome === null ? null : closingOf(outcome, false);
    expect(closing).toMatchObject({ as: 'failed', type: 'JobFailed' });
    expect(bytesOf(closing, outcome)).toBeLessThan(SERVER_LIMITS.blobBytes);
    expect(bytesOf({ outcome: outcomeIn(ended('cancelled')) })).toBeLessThan(SERVER_LIMITS.memoBytes);
  });

  test('a failure with any text, and the failure of an input with very many problems', () => {
    const failure = failureConverter.errorToFailure(new Error(EURO.repeat(3_000_000)), payloadConverter);
    expect(bytesOf(failure)).toBeLessThan(SERVER_LIMITS.blobBytes);
    const keys = Array.from({ length: 1_000 }, (_, n) => [`${n}${LONG}`, 1] as const);
    const problems = inputProblems({ ...Object.fromEntries(keys), job: { ...JOB, ...Object.fromEntries(keys) } });
    expect(bytesOf(sentenceOf(problems), firstProblems(problems))).toBeLessThan(SERVER_LIMITS.blobBytes);
    expect(
      bytesOf(
        progressOf(
          begin({ job: Object.fromEntries(keys), labels: Object.fromEntries(keys.map(([key]) => [key, LONG])) }, 0),
        ),
      ),
    ).toBeLessThan(SERVER_LIMITS.blobBytes);
  });

  test('the search attributes, each and together', () => {
    const { job, labels, state, health } = progressOf(track);
    const values = [job.provider, job.account, job.jobId, state, health.status, labelPairsOf(labels), 100];
    expect(values).toHaveLength(Object.keys(searchAttributes).length);
    for (const value of values) {
      expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(SERVER_LIMITS.attributeBytes);
    }
    expect(bytesOf(...values)).toBeLessThan(SERVER_LIMITS.allAttributesBytes);
  });
});
