import type { Worker } from '@temporalio/worker';
import { messageOf } from '../client-library/grpc.ts';
import type { Log } from './log.ts';
import type { WorkerGroup } from './worker-group.ts';

/** The pools that a worker polls. */
export type PolledPools = ReturnType<typeof createPolledPools>;

interface PoolsSetup {
  readonly group: Pick<WorkerGroup, 'add' | 'state'>;
  /** Creates the SDK workers of one pool. */
  readonly createFor: (pool: string) => Promise<readonly Worker[]>;
  /** Is called with a pool whose workers have joined the running group. */
  readonly onJoined: (pool: string) => void;
  readonly log: Log;
}

/** The most pools of one worker. Each opens up to 25 long polls, and one frontend of the server allows 1 200. */
export const MOST_POOLS = 20;
/** If the workers of a pool cannot be created, they are tried again after this time. */
const AGAIN_MS = 5_000;
const MAX_NAMED = 20;

/** Polls the pools of the worker's accounts. A pool that no account has any more is polled until the worker ends: its jobs may still come. */
export function createPolledPools({ group, createFor, onJoined, log }: PoolsSetup) {
  const pools = new Map<string, string | null>(); // why it is not polled yet; null: it is
  const refused = new Set<string>();
  const isNew = (pool: string): boolean => {
    if (pools.has(pool)) return false;
    if (pools.size < MOST_POOLS) return pools.set(pool, 'its workers are being created').has(pool);
    if (refused.size < MAX_NAMED) refused.add(pool);
    return false;
  };
  const create = async (pool: string): Promise<void> => {
    group.add(await createFor(pool));
    pools.set(pool, null);
  };
  const join = async (pool: string): Promise<void> => {
    try {
      await create(pool);
      if (group.state() === 'running') onJoined(pool);
      log.info(`polls pool ${pool} too`);
    } catch (error) {
      if (group.state() === 'ending') return;
      pools.set(pool, messageOf(error));
      log.warn(`cannot poll pool ${pool}: ${messageOf(error)}; tries again every ${AGAIN_MS / 1_000} s`);
      setTimeout(() => void join(pool), AGAIN_MS).unref();
    }
  };
  return {
    /** Creates the workers of the first pools. @throws the SDK's errors */
    create: async (first: readonly string[]): Promise<void> =>
      void (await Promise.all(first.filter(isNew).map(create))),
    /** Polls a pool from now on, if it is not polled yet. */
    poll: (pool: string): void => {
      if (isNew(pool)) void join(pool);
    },
    /** @returns the pools whose workers have been created */
    polled: (): string[] => [...pools].flatMap(([pool, problem]) => (problem === null ? [pool] : [])),
    /** @returns which pools are not polled; null: none */
    trouble: (): string | null => troubleOf(pools, refused),
  };
}

function troubleOf(pools: ReadonlyMap<string, string | null>, refused: ReadonlySet<string>): string | null {
  const reasons = [...pools].flatMap(([pool, problem]) => (problem === null ? [] : [`${pool}: ${problem}`]));
  if (refused.size > 0) {
    reasons.push(`a worker polls at most ${MOST_POOLS}, so others must poll ${[...refused].join(', ')}`);
  }
  return reasons.length === 0 ? null : `does not poll every pool of its accounts: ${reasons.join('; ')}`;
}
