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
  /** Problems of no single job: processes that ended by themselves, and requests that no client should send. */
  problems: string[];
}

export interface ChaosOptions {
  schedule: Schedule;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Called before everything is stopped. */
  inspect?: (report: ChaosReport, client: Client, cluster: Cluster) => Promise<void>;
}

/** The wait for outcomes after the last kill. Another worker takes over a hold within 35 s, and the polls after it may need this time too. */
const PATIENCE_MS = 60_000;
/** The same wait in a long run, which has jobs that end by rules of 30 s and more. */
const LONG_PATIENCE_MS = 200_000;

/** Starts everything, plays the schedule, judges the outcomes, and stops everything except the connection. The process should end then. */
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
    // The connection stays open: otherwise a call that the SDK still retries would throw in a timer, where no code can catch it.
    await cluster.stop();
  }
}

async function violationsAt({ simulators }: Cluster): Promise<string[]> {
  const all = await Promise.all(Object.values(simulators).map(({ control }) => control.violations()));
  return (
    all
      .flat()
      // An older hold on another worker may still poll: it learns of the newer activity at its next heartbeat.
      .filter(({ kind }) => kind !== 'overlapping-reads')
      .map(({ kind, path }) => `a request that no client should send: ${kind} at ${path}`)
  );
}
