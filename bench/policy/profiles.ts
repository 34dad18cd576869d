/** How a job goes in virtual time. `x` is the share of its duration that has passed, 0 to 1. */
export interface Profile {
  name: string;
  medianMs: number;
  /** The progress that the service shows, in percent. null: it shows none. */
  progressAt: (x: number) => number | null;
  /** The same as in the traits of a provider. */
  usualMs: number | null;
}

const LONG_MS = 1_800_000;
const SHORT_MS = 25_000;

const long = (name: string, progressAt: Profile['progressAt']): Profile => ({
  name,
  medianMs: LONG_MS,
  progressAt,
  usualMs: null,
});
const floorTo = (step: number, percent: number): number => Math.floor(percent / step) * step;

export const PROFILES: readonly Profile[] = [
  long('steady 1 %', (x) => floorTo(1, 100 * x)),
  long('steady 10 %', (x) => floorTo(10, 100 * x)),
  long('slow start', (x) => floorTo(1, 100 * x ** 2)),
  long('fast start', (x) => floorTo(1, 100 * Math.sqrt(x))),
  long('stuck at 95 %', (x) => Math.min(95, floorTo(1, (95 * x) / 0.6))),
  long('jump at 60 %', (x) => floorTo(1, 60 * x)),
  long('none', () => null),
  { name: 'short', medianMs: SHORT_MS, progressAt: () => null, usualMs: 60_000 },
];
