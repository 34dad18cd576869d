/** A time in which something was down. `untilMs` null: it is still down. */
export interface Outage {
  what: string;
  fromMs: number;
  untilMs: number | null;
}

export interface Outages {
  readonly all: Outage[];
  /** @returns a function that ends the outage */
  begin(what: string): () => void;
}

export function createOutages(): Outages {
  const all: Outage[] = [];
  return {
    all,
    begin: (what) => {
      const outage: Outage = { what, fromMs: Date.now(), untilMs: null };
      all.push(outage);
      return () => void (outage.untilMs ??= Date.now());
    },
  };
}

/** @returns the last moment until `atMs` at which an outage began or ended; lateness before this moment does not count */
export function lastDisturbanceMs(outages: readonly Outage[], atMs: number): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...momentsOf(outages).filter((moment) => moment <= atMs));
}

/** @returns true if no outage began or ended between the two moments */
export function isQuiet(outages: readonly Outage[], fromMs: number, untilMs: number): boolean {
  return !momentsOf(outages).some((moment) => moment >= fromMs && moment <= untilMs);
}

function momentsOf(outages: readonly Outage[]): number[] {
  return outages.flatMap(({ fromMs, untilMs }) => (untilMs === null ? [fromMs] : [fromMs, untilMs]));
}
