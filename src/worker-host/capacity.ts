import { totalmem } from 'node:os';
import { oldSpaceMb } from './old-space.ts';

const MIB = 2 ** 20;

/** The memory that this process may use, MiB. */
export interface Memory {
  /** As configured, or else that of the container or the machine. */
  readonly totalMb: number;
  /** The limit of V8's old space (`--max-old-space-size`). The main thread, which holds, and the thread of the workflows have it each. */
  readonly heapMb: number;
}

/** How much a worker keeps in memory. */
export interface Capacity {
  /** Workflows kept in memory between their tasks. Others are replayed at each task. */
  readonly cachedWorkflows: number;
  /** The most holds at a time. */
  readonly holds: number;
}

// Measured with workflows of about 10 events (docs/operations.md, "Sizing"), and rounded up.
const BASE_MB = 250;
const HOLD_MB = 0.15;
const WORKFLOW_MB = 0.35;
const BASE_HEAP_MB = 100;
const HOLD_HEAP_MB = 0.1;
const WORKFLOW_HEAP_MB = 0.2;
/** The part of the memory that is planned. The rest is for garbage, long histories and bursts. */
const SHARE = 0.8;
/** The part of the memory for jobs that holds may take. It is over half: without a hold, a poll costs more than the replay of a short history. */
const SHARE_OF_HOLDS = 0.6;
const LEAST = 50;
const MOST_CACHED = 10_000;

/**
 * Plans the memory of a worker. Holds come first, at most `maxHolds`; cached workflows get the rest.
 * Each is at least 50. A worker with little memory also works: it replays more, and the server waits out more intervals.
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

/** @param configuredMb MiB; null: the memory of the container or the machine, whichever is less */
export async function memoryHere(configuredMb: number | null): Promise<Memory> {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY; // without a limit, 0 or a huge number
  return {
    totalMb: configuredMb ?? Math.floor(Math.min(limit, totalmem()) / MIB),
    heapMb: await oldSpaceMb(),
  };
}

/**
 * The most long polls of a worker: for the two queues of each pool, for its workflows, for `awaitJob`, and for Nexus if it is on. The SDK polls for workflows twice: for any, and
 * for those in the cache. It opens fewer polls when there is little to do.
 */
export const MOST_POLLERS = { workflows: 10, awaited: 2, nexus: 5, status: 20, cancels: 5 } as const;
