/** The simulator's clock: a base clock plus an offset. */
export interface Clock {
  /** The time of the scripts, ms since the epoch. */
  now(): number;
  /** The time in answers, ms since the epoch: `now` plus the skew. */
  shown(): number;
  offsetMs: number;
  skewMs: number;
}

export function createClock(base: () => number): Clock {
  return {
    offsetMs: 0,
    skewMs: 0,
    now() {
      return Math.round(base() + this.offsetMs);
    },
    shown() {
      return this.now() + this.skewMs;
    },
  };
}
