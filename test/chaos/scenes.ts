import type { CreateJob, Fault } from '../../src/simulators/simulator.ts';

export type Provider = 'docswrite' | 'deepwriter';

/** A scenario of a simulator, and what the chaos test may do to its jobs. */
export interface Scene {
  provider: Provider;
  scenario: string;
  params?: NonNullable<CreateJob['params']>;
  /** The number of units until the job ends by itself. null: only a cancel ends it during a run. */
  units: number | null;
  /** `always`: the job ends only by a cancel. `never`: the test could not tell who cancelled the job. Left out: a cancel at random. */
  cancel?: 'always' | 'never';
  /** A longer interval than that of the pace: a job in review is polled again only after this time, in ms. */
  promisedMs?: number;
  /** Tracking ends by rules of 30 s and more, so the scene is played only in long runs. */
  slow?: true;
}

const docswrite = (scenario: string, units: number, more: Partial<Scene> = {}): Scene => ({
  provider: 'docswrite',
  scenario,
  units,
  ...more,
});
const deepwriter = (scenario: string, units: number | null, more: Partial<Scene> = {}): Scene => ({
  provider: 'deepwriter',
  scenario,
  units,
  ...more,
});
const toCancel = (scenario: string, params: Scene['params'] = {}): Scene =>
  deepwriter(scenario, null, { params, cancel: 'always' });

/** All entries have the same probability. */
export const SCENES: readonly Scene[] = [
  docswrite('success', 7),
  docswrite('success', 7),
  docswrite('partial', 3),
  docswrite('failure', 3),
  docswrite('long', 10, { params: { steps: 10 } }),
  docswrite('retry-backoff', 6),
  docswrite('retry-without-backoff', 4, { params: { end: 'failed' } }),
  docswrite('passing-states', 6),
  docswrite('removed', 3, { cancel: 'never', slow: true }),
  deepwriter('success', 9),
  deepwriter('success', 9),
  deepwriter('failure', 3),
  deepwriter('retry', 7),
  deepwriter('long', 10, { params: { steps: 10 } }),
  deepwriter('long', null, { params: { steps: 100_000 }, cancel: 'always' }),
  deepwriter('full-then-failed', 3),
  deepwriter('cancelled-by-service', 3, { cancel: 'never' }),
  deepwriter('cancel-too-late', 4, { cancel: 'always' }),
  deepwriter('cancel-refused', 12, { params: { steps: 12 }, cancel: 'always' }),
  deepwriter('moderated', 3, { cancel: 'never', promisedMs: 60_000, slow: true }),
  deepwriter('removed', 3, { cancel: 'never', slow: true }),
  deepwriter('late-visible', 3, { cancel: 'never', slow: true }),
  toCancel('cancel-confirmed'),
  toCancel('cancel-draft'),
  toCancel('cancel-second-refused'),
  toCancel('cancel-down', { by: '503', calls: 2 }),
  toCancel('cancel-down', { by: 'reset', calls: 2 }),
  toCancel('cancel-down', { by: '429', calls: 1 }),
  toCancel('cancel-unanswered'),
  toCancel('cancel-answer', { is: 'html' }),
];

/** The polling options of a job, and the longest interval that they promise, in ms. */
export interface Pace {
  polling: { mode: 'fixed'; intervalMs: number } | { mode: 'adaptive'; minIntervalMs: number; maxIntervalMs: number };
  promisedMs: number;
}

const fixed = (intervalMs: number): Pace => ({ polling: { mode: 'fixed', intervalMs }, promisedMs: intervalMs });

/** 12 s is longer than the holds of one worker (`JOBTRACK_HOLD_MS` 1500), so the server waits out this interval. */
export const PACES: readonly Pace[] = [
  fixed(1_000),
  fixed(1_000),
  fixed(2_000),
  fixed(2_000),
  fixed(12_000),
  { polling: { mode: 'adaptive', minIntervalMs: 1_000, maxIntervalMs: 3_000 }, promisedMs: 3_000 },
  { polling: { mode: 'adaptive', minIntervalMs: 1_000, maxIntervalMs: 3_000 }, promisedMs: 3_000 },
];

/** Trouble on the network. `waitMs`: the time until a faulty answer arrives or the caller gives up. `pause`: connections are refused. */
export type Trouble = { waitMs: number } & ({ pause: true } | { pause?: false; fault: Fault });

const spoilt = (preset: string, params: NonNullable<Fault['params']> = {}, waitMs = 0): Trouble => ({
  fault: { preset, params },
  waitMs,
});

export const TROUBLES: readonly Trouble[] = [
  spoilt('server-error', { status: 500 }),
  spoilt('server-error', { status: 503, as: 'text' }),
  spoilt('server-error', { status: 502, as: 'empty' }),
  spoilt('reset-before-headers'),
  spoilt('closed-without-answer'),
  spoilt('reset-in-body'),
  spoilt('truncated'),
  spoilt('slow-headers', { ms: 2_500 }, 2_500),
  { fault: { preset: 'no-answer', times: 2 }, waitMs: 20_000 },
  { fault: { preset: 'cdn-page', times: 4 }, waitMs: 0 },
  spoilt('retry-after-seconds', { seconds: 2 }),
  spoilt('retry-after-seconds', { status: 503, seconds: 3 }),
  spoilt('body', { is: 'html' }),
  { pause: true, waitMs: 0 },
];
