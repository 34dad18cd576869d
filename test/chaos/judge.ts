import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutcome, JobProgress } from '../../src/contract/index.ts';
import { type Asker, untilAnswered } from './asks.ts';
import type { Cluster } from './cluster.ts';
import { latePolls, type Polling, straysAfterEnd } from './lateness.ts';
import type { Played, PlayedJob } from './play.ts';
import { problemsOf } from './verdict.ts';

export interface Judged {
  job: PlayedJob;
  outcome: JobOutcome | null;
  problems: string[];
  /** ms from the end at the service to its detection; null where no status ends the job. */
  detectionMs: number | null;
  latestPollMs: number;
}

export interface Court {
  cluster: Cluster;
  asker: Asker;
  played: Played;
  /** No outcome may come later than this. */
  deadlineMs: number;
}

/** After a death, counted from the return, no poll is later than this. */
const LATE_MS = 35_000;
/** An overtaken hold on another worker hears of it at a heartbeat, within 10 s. */
const STRAY_MS = 12_000;
/** So long after the last outcome the requests are still listened to. */
const LISTEN_MS = STRAY_MS + 2_000;

/** Waits for every outcome, listens on for stray polls, and compares all with what the services know. */
export async function judge(court: Court): Promise<Judged[]> {
  const outcomes = await Promise.all(court.played.jobs.map((job) => outcomeOf(court, job)));
  await sleep(LISTEN_MS, undefined, { signal: court.asker.signal });
  return Promise.all(court.played.jobs.map((job, index) => judgeJob(court, job, outcomes[index] ?? null)));
}

async function outcomeOf({ asker, deadlineMs }: Court, { workflowId }: PlayedJob): Promise<JobOutcome | null> {
  const tooLate = sleep(Math.max(0, deadlineMs - Date.now()), null, { ref: false });
  return Promise.race([untilAnswered(() => asker.tracker.get(workflowId).result(), asker.signal), tooLate]);
}

async function judgeJob(court: Court, job: PlayedJob, outcome: JobOutcome | null): Promise<Judged> {
  const { cluster, asker, played } = court;
  const { control } = cluster.simulators[job.provider];
  const [truth, requests, progress] = await Promise.all([
    control.job(job.jobId),
    control.requests({ jobId: job.jobId, route: 'status' }),
    untilAnswered(() => asker.tracker.get(job.workflowId).progress(), asker.signal),
  ]);
  const { outages } = cluster;
  const polling: Polling = {
    polls: requests,
    promisedMs: Math.max(job.planned.pace.promisedMs, job.planned.scene.promisedMs ?? 0),
    trackedAtMs: job.trackedAtMs,
    detectedAtMs: outcome === null ? Date.now() : Date.parse(outcome.detectedAt),
    outages: outages.all,
    faults: played.faults,
  };
  const late = latePolls({ ...polling, outages: [...outages.all, ...played.troubled[job.provider].all] });
  const facts = { truth, polls: requests, cancels: job.cancels, phase: progress.cancel.phase, outages: outages.all };
  const problems = [
    ...(outcome === null ? [lostOf(progress, truth.status)] : problemsOf({ ...facts, outcome })),
    ...late.filter(({ lateMs }) => lateMs > LATE_MS).map((one) => `a poll was ${one.lateMs} ms late at ${one.atMs}`),
    ...straysAfterEnd(polling)
      .filter(({ lateMs }) => lateMs > STRAY_MS)
      .map(({ lateMs }) => `a poll came ${lateMs} ms after the outcome`),
    ...(await workflowProblems(asker.client, job.workflowId)),
  ];
  const byStatus = outcome !== null && BY_STATUS.includes(outcome.status) && truth.endedAtMs !== null;
  return {
    job,
    outcome,
    problems,
    detectionMs: byStatus ? Date.parse(outcome.detectedAt) - (truth.endedAtMs ?? 0) : null,
    latestPollMs: Math.max(0, ...late.map(({ lateMs }) => lateMs)),
  };
}

/** `moderated` and `lost` wait by rule before they count. */
const BY_STATUS: readonly JobOutcome['status'][] = ['completed', 'failed', 'cancelled'];

function lostOf({ state, cancel, health }: JobProgress, truth: string): string {
  return `no outcome: ${JSON.stringify({ state, cancel: cancel.phase, health, truth })}`;
}

/** I3: continue-as-new aside, an id has one run. */
async function workflowProblems(client: Client, workflowId: string): Promise<string[]> {
  const runs: string[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run.status.name);
  const own = runs.filter((status) => status !== 'CONTINUED_AS_NEW');
  return own.length === 1 ? [] : [`${own.length} workflows, not one: ${runs.join(', ')}`];
}
