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
  /** The time from the end at the service to its detection, in ms. null: the job did not end by a status. */
  detectionMs: number | null;
  latestPollMs: number;
}

export interface Court {
  cluster: Cluster;
  asker: Asker;
  played: Played;
  /** Each outcome must come before this time, in epoch ms. */
  deadlineMs: number;
}

/** The longest allowed lateness of a poll. After a kill it counts from the restart. */
const LATE_MS = 35_000;
/** If a newer status activity runs on another worker, the older hold learns of it at a heartbeat, within 10 s. */
const STRAY_MS = 12_000;
/** Requests are recorded for this time after the last outcome. */
const LISTEN_MS = STRAY_MS + 2_000;

/** Waits for each outcome, then waits for stray polls, and compares everything with what the services know. */
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

/** `moderated` and `lost` are missing here: tracking waits before it decides them. */
const BY_STATUS: readonly JobOutcome['status'][] = ['completed', 'failed', 'cancelled'];

function lostOf({ state, cancel, health }: JobProgress, truth: string): string {
  return `no outcome: ${JSON.stringify({ state, cancel: cancel.phase, health, truth })}`;
}

/** I3: an id has one run, apart from continue-as-new. */
async function workflowProblems(client: Client, workflowId: string): Promise<string[]> {
  const runs: string[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run.status.name);
  const own = runs.filter((status) => status !== 'CONTINUED_AS_NEW');
  return own.length === 1 ? [] : [`${own.length} workflows, not one: ${runs.join(', ')}`];
}
