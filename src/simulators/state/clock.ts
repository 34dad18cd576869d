/** The simulator's time: a base that flows, and what was added to it. */
export interface Clock {
  /** Epoch ms; scripts run on it. */
  now(): number;
  /** Epoch ms as the service would write it: `now` with the skew. */
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
