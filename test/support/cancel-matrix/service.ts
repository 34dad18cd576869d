import type { JobRef } from '../../../src/contract/index.ts';
import type { CreateJob } from '../../../src/simulators/control/interface.ts';
import type { CancelCall, CancelPlan, Fault, Step } from '../../../src/simulators/model.ts';
import type { Rig } from '../rig.ts';
import type { Behaviour, Cell } from './table.ts';

/**
 * When jobs end at the service. `time`: after a time in ms since the job was created; `confirmMs` counts from the accepted cancel.
 * `release`: when the test releases them. The real server needs this, because on a busy machine time passes faster than the work.
 */
export type Ends =
  | {
      by: 'time';
      confirmMs: number;
      /** The time of a job that completes although its cancel was accepted. */
      completesAnywayMs: number;
      /** The time of a job whose cancel is refused. */
      completesMs: number;
    }
  | { by: 'release' };

export interface Course {
  ends: Ends;
  /** The number of calls on which the credential is refused. null: all calls. */
  unauthorized: number | null;
  /** The number of status calls that fail in an outage. The status is down before, during and after the cancel request. */
  statusCalls: number;
}

/** The rig, and the course of the jobs on it. */
export interface Played {
  rig: Rig;
  course: Course;
}

type JobService = 'docswrite' | 'deepwriter';

const OUTAGE_CALLS = 20;
/** An outage is not longer than this. While the service is down only probes go out, so this many calls for each job would take an hour. */
const DOWN_MS = 4 * 60_000;
const NEVER_MS = 24 * 3_600_000;

const said = (status: number, error: string): CancelCall => ({
  action: { kind: 'answer', status, json: { error } },
});
const times = (count: number, call: CancelCall): CancelCall[] => Array.from({ length: count }, () => call);

function planOf(behaviour: Behaviour, course: Course): CancelPlan {
  const { ends } = course;
  const released = { afterRelease: true };
  switch (behaviour) {
    case 'has no cancel':
      return {};
    case 'confirms':
      return { confirm: ends.by === 'time' ? { afterPolls: 1 } : released }; // without a poll before it, it could precede the answer
    case 'confirms late':
      return { confirm: ends.by === 'time' ? { afterMs: ends.confirmMs } : released };
    case 'completes anyway':
      return { confirm: null };
    case 'refuses':
      return { rest: said(400, 'Cancel refused') };
    case 'is down for 20 calls':
      return {
        calls: times(OUTAGE_CALLS, said(503, 'Down')),
        ...(ends.by === 'time' ? {} : { confirm: released }),
      };
    case 'refuses the credential for cancel only': {
      const refusal = said(401, 'Not allowed to cancel');
      return course.unauthorized === null ? { rest: refusal } : { calls: times(course.unauthorized, refusal) };
    }
    default:
      return behaviour satisfies never;
  }
}

/** @returns true if the job ends by itself, with or without a cancel */
function completes(behaviour: Behaviour): boolean {
  return ['completes anyway', 'refuses', 'refuses the credential for cancel only'].includes(behaviour);
}

function lengthOf(behaviour: Behaviour, ends: Ends): Pick<Step, 'afterMs' | 'afterRelease'> {
  if (!completes(behaviour)) return { afterMs: NEVER_MS };
  if (ends.by === 'release') return { afterRelease: true };
  return { afterMs: behaviour === 'completes anyway' ? ends.completesAnywayMs : ends.completesMs };
}

const WORKS: Readonly<Record<JobService, Step>> = {
  docswrite: { answer: { state: 'active', progress: 10 } },
  deepwriter: { answer: { status: 'in_progress', progress: 10 } },
};
const COMPLETED: Readonly<Record<JobService, Step>> = {
  docswrite: { answer: { state: 'completed', progress: 100, returnValue: 'done' } },
  deepwriter: { answer: { status: 'completed', progress: 100 } },
};

export function serviceOf({ behaviour }: Cell): JobService {
  return behaviour === 'has no cancel' ? 'docswrite' : 'deepwriter';
}

/** Creates the job at its simulator. It runs without a change until it ends or is cancelled. */
export async function createJob({ rig, course }: Played, cell: Cell): Promise<JobRef> {
  const { behaviour, moment } = cell;
  const provider = serviceOf(cell);
  const ask: CreateJob = {
    scenario: 'script',
    steps: [WORKS[provider], { ...COMPLETED[provider], ...lengthOf(behaviour, course.ends) }],
    cancel: planOf(behaviour, course),
  };
  const { jobId } = await rig[provider].control.createJob(ask);
  if (moment === 'degraded')
    await failStatus(rig, cell, { jobId, times: course.statusCalls, fromCall: 2, forMs: DOWN_MS });
  return { provider, jobId };
}

/** A service that is down does not answer status calls either. This begins just before the cancel request, unless it was down before. */
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
