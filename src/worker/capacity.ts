import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

const MIB = 2 ** 20;

/** What this process may use, MiB. */
export interface Memory {
  /** Of the container, or of the machine. */
  readonly totalMb: number;
  /** What V8 lets JavaScript have, of it (`--max-old-space-size`). */
  readonly heapMb: number;
}

export interface Capacity {
  /** Workflows kept in memory between their tasks; one beyond them is replayed. */
  readonly cachedWorkflows: number;
  /** Intervals waited out here at once. */
  readonly holds: number;
}

// Measured with held jobs of some 10 events (docs/operations.md, "Sizing"), and rounded up: 0.35 to 0.5 MB a job by the allocator.
const BASE_MB = 250;
const JOB_MB = 0.45;
const BASE_HEAP_MB = 100;
const JOB_HEAP_MB = 0.2;
/** The rest is for garbage not yet collected, for histories that are long, and for bursts. */
const SHARE = 0.8;
const LEAST = 50;
const MOST_CACHED = 10_000;

/**
 * How many jobs a worker keeps in memory: as many as surely fit, at most `maxHolds` of them held.
 * A worker with too little memory works all the same, with more replays and with intervals given back to the server.
 */
export function capacityFor({ totalMb, heapMb }: Memory, maxHolds: number): Capacity {
  const fit = Math.min((totalMb * SHARE - BASE_MB) / JOB_MB, (heapMb * SHARE - BASE_HEAP_MB) / JOB_HEAP_MB);
  const jobs = Math.max(LEAST, Math.floor(fit));
  return { cachedWorkflows: Math.min(MOST_CACHED, jobs), holds: Math.min(maxHolds, jobs) };
}

/** Of this process. A container's limit counts where it is below the machine's memory. */
export function memoryHere(): Memory {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY; // 0 or a huge number: none
  return {
    totalMb: Math.floor(Math.min(limit, totalmem()) / MIB),
    heapMb: Math.floor(getHeapStatistics().heap_size_limit / MIB),
  };
}
