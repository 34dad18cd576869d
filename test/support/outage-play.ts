import { setTimeout as sleep } from 'node:timers/promises';
import type { TrackedJob } from '../../src/client-library/tracked-job.ts';
import type { Rig } from './rig.ts';

/** The results of an outage of the service for all jobs of one account. */
export interface OutageReport {
  jobs: number;
  outageMs: number;
  /** The number of requests in the first 15 s, the time to notice the outage. */
  atFirst: number;
  /** The number of requests from 15 s after the start of the outage until its end. */
  later: number;
  /** The shortest time between two of these later requests, in ms. null: there were fewer than two. */
  shortestGapMs: number | null;
  /** The time from the end of the outage to the first good answer about each job, in ms: the median and the longest. */
  recoveredMs: { median: number; last: number };
  /** The number of jobs with the health `degraded` near the end of the outage. */
  degraded: number;
  /** The most requests in any second after the end of the outage. */
  busiestSecond: number;
}

export interface OutagePlay {
  rig: Rig;
  jobs: number;
  /** The time without trouble before the outage, in ms. */
  calmMs: number;
  outageMs: number;
  /** The time for which requests are counted after the outage, in ms. */
  restMs: number;
}

const FIND_OUT_MS = 15_000;

/** Tracks the jobs, makes the service fail for `outageMs`, and records the polls until `restMs` after it. */
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

/** Queries one job after the other, because 200 queries at the same time would be a load too. */
async function healthOf(jobs: readonly TrackedJob[]): Promise<string[]> {
  const told: string[] = [];
  for (const job of jobs) told.push((await job.progress()).health.status);
  return told;
}
