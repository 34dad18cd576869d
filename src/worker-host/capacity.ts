import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

const MIB = 2 ** 20;

/** What this process may use, MiB. */
export interface Memory {
  /** As it was told, or else of the container or the machine. */
  readonly totalMb: number;
  /** What V8 lets JavaScript have, of it (`--max-old-space-size`): the main thread, which holds, and the workflows' thread each. */
  readonly heapMb: number;
}

export interface Capacity {
  /** Workflows kept in memory between their tasks; one beyond them is replayed. */
  readonly cachedWorkflows: number;
  /** Intervals waited out here at once. */
  readonly holds: number;
}

// Measured with workflows of some 10 events (docs/operations.md, "Sizing"), and rounded up.
const BASE_MB = 250;
const HOLD_MB = 0.15;
const WORKFLOW_MB = 0.35;
const BASE_HEAP_MB = 100;
const HOLD_HEAP_MB = 0.1;
const WORKFLOW_HEAP_MB = 0.2;
/** The rest is for garbage not yet collected, for histories that are long, and for bursts. */
const SHARE = 0.8;
/** Of what is left for jobs, holds may take so much: a poll that is given back costs more than a replay of few events. */
const SHARE_OF_HOLDS = 0.6;
const LEAST = 50;
const MOST_CACHED = 10_000;

/**
 * How much a worker keeps in memory: as many holds as surely fit, at most `maxHolds`, and workflows in what they leave.
 * A worker with too little memory works all the same, with more replays and with intervals given back to the server.
 */
export function capacityFor({ totalMb, heapMb }: Memory, maxHolds: number): Capacity {
  const freeMb = totalMb * SHARE - BASE_MB;
  const freeHeapMb = heapMb * SHARE - BASE_HEAP_MB;
  const holds = Math.min(maxHolds, atLeast(Math.min((freeMb * SHARE_OF_HOLDS) / HOLD_MB, freeHeapMb / HOLD_HEAP_MB)));
  const workflows = Math.min((freeMb - holds * HOLD_MB) / WORKFLOW_MB, freeHeapMb / WORKFLOW_HEAP_MB);
  return { cachedWorkflows: Math.min(MOST_CACHED, atLeast(workflows)), holds };
}

function atLeast(fit: number): number {
  return Math.max(LEAST, Math.floor(fit));
}

/** @param toldMb what the process may take; null: what there is. A container's limit counts where it is below the machine's memory. */
export function memoryHere(toldMb: number | null): Memory {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY; // 0 or a huge number: none
  return {
    totalMb: toldMb ?? Math.floor(Math.min(limit, totalmem()) / MIB),
    heapMb: Math.floor(getHeapStatistics().heap_size_limit / MIB),
  };
}
