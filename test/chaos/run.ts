import { Client, Connection } from '@temporalio/client';
import { createJobTracker } from '../../src/client.ts';
import type { Asker } from './asks.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { judge, type Judged } from './judge.ts';
import { play, type Played } from './play.ts';
import { probeServer } from './probe.ts';
import { LONG_RUN_MS, type Schedule } from './schedule.ts';

export interface ChaosReport {
  schedule: Schedule;
  played: Played;
  judged: Judged[];
  /** What concerns no job alone: processes that died unasked, requests that no client should send. */
  problems: string[];
}

export interface ChaosOptions {
  schedule: Schedule;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Called before all is taken down. */
  inspect?: (report: ChaosReport, client: Client, cluster: Cluster) => Promise<void>;
}

/** How long outcomes are waited for after the last death: a held poll is taken over within 35 s, and the next ones may need it too. */
const PATIENCE_MS = 60_000;
/** Where jobs are drawn that end by rules of 30 s and more. */
const LONG_PATIENCE_MS = 200_000;

/** Starts everything, plays the schedule, judges what came of it, and takes everything down but the connection: the process is to end. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { schedule, log, signal } = options;
  const cluster = await startCluster({ seed: schedule.seed, workers: schedule.workers, log });
  const connection = Connection.lazy({
    address: cluster.address,
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1_000 },
  });
  const over = new AbortController();
  try {
    const client = new Client({ connection });
    const asker: Asker = { client, tracker: createJobTracker({ client }), signal };
    await cluster.whole();
    log('begins');
    void probeServer(client, cluster.outages, AbortSignal.any([signal, over.signal]));
    const played = await play(schedule, { cluster, asker, log });
    log('settles');
    const patienceMs = schedule.durationMs >= LONG_RUN_MS ? LONG_PATIENCE_MS : PATIENCE_MS;
    const judged = await judge({ cluster, asker, played, deadlineMs: Date.now() + patienceMs });
    const report = { schedule, played, judged, problems: [...cluster.ownEnds, ...(await violationsAt(cluster))] };
    await options.inspect?.(report, client, cluster);
    return report;
  } finally {
    over.abort();
    // The connection stays open: a call that the SDK still retries would throw out of a timer, where nobody can catch it.
    await cluster.stop();
  }
}

async function violationsAt({ simulators }: Cluster): Promise<string[]> {
  const all = await Promise.all(Object.values(simulators).map(({ control }) => control.violations()));
  return (
    all
      .flat()
      // An overtaken hold on another worker may still be reading: it hears of it at its next heartbeat.
      .filter(({ kind }) => kind !== 'overlapping-reads')
      .map(({ kind, path }) => `a request that no client should send: ${kind} at ${path}`)
  );
}
