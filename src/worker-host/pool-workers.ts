import type { NativeConnection } from '@temporalio/worker';
import { GRPC, grpcCodeOf, refusalOf } from '../client-library/grpc.ts';
import { statusQueueOf } from '../contract/index.ts';
import {
  afterLook,
  type Budgeted,
  LOOK_MS,
  NO_SIGHTS,
  type Poller,
  type Share,
  shareOf,
  type Sights,
} from '../polling/share.ts';
import { pollersOf } from './pollers.ts';

/** The workers that poll the same pools as this one. They divide the budgets of its accounts. */
export type PoolWorkers = ReturnType<typeof createPoolWorkers>;

interface PoolWorkersSetup {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** The identity with which this worker polls the status queues. No other worker has it. */
  readonly identity: string;
  readonly warn: (message: string) => void;
}

/** Until this worker has seen itself, it looks so often. */
const FIRST_LOOKS_MS = 250;
/** A look that failed is repeated so soon. */
const AGAIN_MS = 1_000;

export function createPoolWorkers(setup: PoolWorkersSetup) {
  const sights = new Map<string, Sights>();
  const known = (pool: string): Sights => sights.get(pool) ?? NO_SIGHTS;
  // Shares depend on what other workers do in real time. So a test that skips time does not change this clock.
  const now = (): number => performance.now();
  let hasWarned = false;
  const look = async (pool: string): Promise<number> => {
    try {
      const pollers = await lookAt(setup, pool);
      sights.set(pool, afterLook(known(pool), { pollers, self: setup.identity }, now()));
    } catch (error) {
      if (!isForGood(error)) return AGAIN_MS;
      if (!hasWarned) setup.warn(CANNOT_LOOK);
      hasWarned = true;
      sights.set(pool, afterRefusal(known(pool), setup.identity, now()));
    }
    return known(pool).seen.length === 0 ? FIRST_LOOKS_MS : LOOK_MS;
  };
  const timers = new Map<string, NodeJS.Timeout | undefined>();
  const round = async (pool: string): Promise<void> => {
    const nextMs = await look(pool);
    if (timers.has(pool)) timers.set(pool, setTimeout(() => void round(pool), nextMs).unref());
  };
  return {
    /** Looks at a pool at once, and then every 10 s until `stop`. */
    watch: (pool: string): void => {
      timers.set(pool, undefined);
      void round(pool);
    },
    stop: (): void => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
    /** @returns whether another worker polls one of the pools, by the last look */
    hasOthers: (): boolean => [...sights.values()].some(({ seen }) => (seen.at(-1)?.workers ?? 1) > 1),
    /** @returns what this worker may use now of the budget of an account in the pool */
    shareOf: (pool: string, account: Budgeted): Share => shareOf(known(pool), account, now()),
  };
}

const CANNOT_LOOK =
  'cannot see which workers poll its queues, so it uses the whole budget of each account: run one worker only, or let its credential describe task queues';

/** What was seen before still holds. A worker that never saw anything counts itself as alone. */
function afterRefusal(sights: Sights, self: string, nowMs: number): Sights {
  if (sights.seen.length > 0) return { ...sights, lookedAtMs: nowMs };
  return afterLook(sights, { pollers: [{ identity: self, seenAtMs: 0 }], self }, nowMs);
}

/** The server will not answer better later. */
function isForGood(error: unknown): boolean {
  return refusalOf(error) !== null || grpcCodeOf(error) === GRPC.UNIMPLEMENTED;
}

async function lookAt({ connection, namespace, taskQueue }: PoolWorkersSetup, pool: string): Promise<Poller[]> {
  const queue = { taskQueue: statusQueueOf(taskQueue, pool), type: 'activity' } as const;
  const pollers = await pollersOf({ connection, namespace }, queue);
  return pollers.map(({ identity, seenAtMs }) => ({ identity, seenAtMs: seenAtMs ?? 0 }));
}
