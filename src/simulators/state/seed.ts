/** Draws ids from a seed, so that two runs have the same ids. A restart keeps `drawn`. */
export interface Seed {
  drawn: number;
  uuid(): string;
  number(): string;
}

/** The finaliser of MurmurHash3: similar inputs give very different outputs. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

export function createSeed(seed: number): Seed {
  return {
    drawn: 0,
    uuid() {
      this.drawn += 1;
      const words = [1, 2, 3, 4].map((n) => mix(mix(seed * 7919 + this.drawn) + n * 0x9e3779b9));
      const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
    number() {
      this.drawn += 1;
      // Small numbers, as real queues have. Each seed has its own range, so that one client can use two simulators.
      return String((seed - 1) * 1_000 + this.drawn);
    },
  };
}
