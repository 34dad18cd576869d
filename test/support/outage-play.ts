import { setTimeout as sleep } from 'node:timers/promises';
import type { TrackedJob } from '../../src/client-library/tracked-job.ts';
import type { Rig } from './rig.ts';

/** What came of an outage of the service for all jobs of one account. */
export interface OutageReport {
  jobs: number;
  outageMs: number;
  /** Requests within the first 15 s, in which one may find out. */
  atFirst: number;
  /** Requests from 15 s after the begin to the end. */
  later: number;
  /** The shortest time between two of those, ms; null: fewer than two. */
  shortestGapMs: number | null;
  /** How long after the end each job was read well, ms: the median and the last. */
  recoveredMs: { median: number; last: number };
  /** Jobs whose health said so near the end of the outage. */
  degraded: number;
  /** The most requests in any second after the end. */
  busiestSecond: number;
}

export interface OutagePlay {
  rig: Rig;
  jobs: number;
  /** How long all goes well before, ms. */
  calmMs: number;
  outageMs: number;
  /** How long the end is watched, ms. */
  restMs: number;
}

const FIND_OUT_MS = 15_000;

/** Tracks the jobs, takes the service away for a while, and waits until all are read again. */
export async function playOutage({ rig, jobs, calmMs, outageMs, restMs }: OutagePlay): Promise<OutageReport> {
  const { control } = rig.deepwriter;
  const params = { steps: 100_000 };
  const made = await Promise.all(Array.from({ length: jobs }, () => control.createJob({ scenario: 'long', params })));
  const tracked = await Promise.all(made.map(({ jobId }) => rig.tracker.track({ provider: 'deepwriter', jobId })));
  await sleep(calmMs);
  const beganMs = Date.now();
  await control.addFault({ route: 'status', preset: 'server-error', params: { status: 503 }, forMs: outageMs });
  await sleep(outageMs - 1_000);
  const health = healthOf(tracked);
  await sleep(restMs + 2_000);
  const requests = await control.requests({ route: 'status', sinceMs: beganMs });
  for (const { workflowId } of tracked) await rig.client.workflow.getHandle(workflowId).terminate('the play is over');
  const endedMs = beganMs + outageMs;
  const spoilt = requests.filter(({ fault }) => fault !== null).map(({ atMs }) => atMs);
  const later = spoilt.filter((atMs) => atMs >= beganMs + FIND_OUT_MS);
  const gaps = later.slice(1).map((atMs, index) => atMs - (later[index] ?? atMs));
  const good = requests.filter(({ fault, atMs }) => fault === null && atMs >= endedMs - 1_000);
  const recovered = made.map(({ jobId }) => {
    const first = good.find((request) => request.jobId === jobId)?.atMs ?? Number.POSITIVE_INFINITY;
    return Math.max(0, first - endedMs);
  });
  const sorted = recovered.toSorted((a, b) => a - b);
  const perSecond = new Map<number, number>();
  for (const { atMs } of good) {
    const second = Math.floor(atMs / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return {
    jobs,
    outageMs,
    atFirst: spoilt.length - later.length,
    later: later.length,
    shortestGapMs: gaps.length === 0 ? null : Math.min(...gaps),
    recoveredMs: { median: sorted[Math.floor(sorted.length / 2)] ?? 0, last: sorted.at(-1) ?? 0 },
    degraded: (await health).filter((status) => status === 'degraded').length,
    busiestSecond: Math.max(...perSecond.values()),
  };
}

/** One after the other: 200 queries at once are a load of their own. */
async function healthOf(jobs: readonly TrackedJob[]): Promise<string[]> {
  const told: string[] = [];
  for (const job of jobs) told.push((await job.progress()).health.status);
  return told;
}
