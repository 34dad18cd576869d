import type { JobRef } from '../../../src/contract.ts';
import type { CreateJob } from '../../../src/simulators/control.ts';
import type { CancelCall, CancelPlan, Fault } from '../../../src/simulators/model.ts';
import type { Rig } from '../rig.ts';
import type { Behaviour, Cell } from './table.ts';

/** When things happen at the service; ms after the job was made, but `confirmMs`: after the cancel was accepted. */
export interface Course {
  confirmMs: number;
  /** The job that completes though its cancel was accepted. */
  completesAnywayMs: number;
  /** A job whose cancel is refused. */
  completesMs: number;
  /** Calls on which the credential is refused; null: all. */
  unauthorized: number | null;
  /** Calls of the status alone that fail in an outage: enough that it is down before, while and after the cancel is asked. */
  statusCalls: number;
}

/** What is played, and on what. */
export interface Played {
  rig: Rig;
  course: Course;
}

const OUTAGE_CALLS = 20;
/** Nor longer than this: while all jobs are down only probes go out, and so many calls for each job would take an hour. */
const DOWN_MS = 4 * 60_000;
const NEVER_MS = 24 * 3_600_000;

const said = (status: number, error: string): CancelCall => ({
  action: { kind: 'answer', status, json: { error } },
});
const times = (count: number, call: CancelCall): CancelCall[] => Array.from({ length: count }, () => call);

function planOf(behaviour: Behaviour, course: Course): CancelPlan {
  switch (behaviour) {
    case 'has no cancel':
      return {};
    case 'confirms':
      return { confirm: { afterPolls: 1 } }; // at once could be before the cancel is answered
    case 'confirms late':
      return { confirm: { afterMs: course.confirmMs } };
    case 'completes anyway':
      return { confirm: null };
    case 'refuses':
      return { rest: said(400, 'Cancel refused') };
    case 'is down for 20 calls':
      return { calls: times(OUTAGE_CALLS, said(503, 'Down')) };
    case 'refuses the credential for cancel only': {
      const refusal = said(401, 'Not allowed to cancel');
      return course.unauthorized === null ? { rest: refusal } : { calls: times(course.unauthorized, refusal) };
    }
    default:
      return behaviour satisfies never;
  }
}

function lengthOf(behaviour: Behaviour, course: Course): number {
  if (behaviour === 'completes anyway') return course.completesAnywayMs;
  const refused = behaviour === 'refuses' || behaviour === 'refuses the credential for cancel only';
  return refused ? course.completesMs : NEVER_MS;
}

export function serviceOf({ behaviour }: Cell): 'docswrite' | 'deepwriter' {
  return behaviour === 'has no cancel' ? 'docswrite' : 'deepwriter';
}

/** Makes the job at its simulator: running, unchanged, until it ends or is cancelled. */
export async function createJob({ rig, course }: Played, cell: Cell): Promise<JobRef> {
  const { behaviour, moment } = cell;
  const provider = serviceOf(cell);
  const params = { stepMs: 1_000, steps: Math.round(lengthOf(behaviour, course) / 1_000) };
  const ask: CreateJob = { scenario: 'long', params, cancel: planOf(behaviour, course) };
  const { jobId } = await rig[provider].control.createJob(ask);
  if (moment === 'degraded')
    await failStatus(rig, cell, { jobId, times: course.statusCalls, fromCall: 2, forMs: DOWN_MS });
  return { provider, jobId };
}

/** A service that is down answers no status either: from just before the cancel is asked, unless it was down already. */
export async function beginOutage({ rig, course }: Played, cell: Cell, { jobId }: JobRef): Promise<void> {
  if (cell.behaviour !== 'is down for 20 calls' || cell.moment === 'degraded') return;
  await failStatus(rig, cell, { jobId, times: course.statusCalls });
}

async function failStatus(rig: Rig, cell: Cell, which: Fault): Promise<void> {
  const action = { kind: 'answer', status: 503, json: { error: 'Down' } } as const;
  await rig[serviceOf(cell)].control.addFault({ route: 'status', action, ...which });
}

/** @returns true if the next status request of a degraded job fails too */
export async function isStillDown({ rig, course }: Played, cell: Cell, { jobId }: JobRef): Promise<boolean> {
  const { polls } = await rig[serviceOf(cell)].control.job(jobId);
  return polls < 1 + course.statusCalls;
}
