import type { JobOutcome } from '../../src/contract/index.ts';
import type { Ending, JobTruth, RequestEntry } from '../../src/simulators/simulator.ts';
import { isQuiet, type Outage } from './outages.ts';

/** A job after its end: what the service knows, and what the tracker says. */
export interface Ended {
  truth: JobTruth;
  outcome: JobOutcome;
  /** The status requests of the job. */
  polls: readonly RequestEntry[];
  /** The cancels that Temporal accepted. */
  cancels: readonly { begunAtMs: number; takenAtMs: number }[];
  /** The phase of the cancel that the tracker shows. */
  phase: string;
  outages: readonly Outage[];
}

/** @returns each contradiction between the outcome and the true state at the service */
export function problemsOf(ended: Ended): string[] {
  return [...statusProblems(ended), ...valueProblems(ended), ...cancelProblems(ended)];
}

function statusProblems(ended: Ended): string[] {
  const { truth, outcome } = ended;
  const { status } = outcome;
  if (status === 'abandoned') return abandonedProblems(ended);
  const expected = expectedStatus(truth);
  if (status === 'not-found' && expected === 'lost') return neverSeenProblems(ended);
  if (status !== expected) return [`${status}, but at the service it is ${truth.status} (${expected})`];
  if (truth.endedAtMs !== null && Date.parse(outcome.detectedAt) < truth.endedAtMs) return [`${status} before it was`];
  if (status !== 'cancelled') return [];
  const by = truth.cancelSeenAtMs === null ? 'service' : 'request';
  return outcome.by === by ? [] : [`cancelled by ${outcome.by}, but it was by ${by}`];
}

/** A kill has effects for this time: for example, a workflow task waits 10 s for a worker that is gone. */
const AFTERMATH_MS = 15_000;

/** If a service has no cancel, tracking ends after one more poll, or 10 s without an answer, unless that poll sees the end. */
function abandonedProblems({ truth, outcome, polls, cancels, outages }: Ended): string[] {
  if (truth.queueType === null || cancels.length === 0) return [`abandoned, after ${cancels.length} cancels`];
  const detectedAtMs = Date.parse(outcome.detectedAt);
  const { endedAtMs } = truth;
  const sawEnd = polls.some(
    (poll) => endedAtMs !== null && isGood(poll) && poll.atMs > endedAtMs && poll.atMs < detectedAtMs,
  );
  const askedAtMs = Math.min(...cancels.map(({ begunAtMs }) => begunAtMs));
  // If a worker was killed with an answer, the job is polled again, but not within those 10 s.
  const excused = !isQuiet(outages, askedAtMs - AFTERMATH_MS, detectedAtMs);
  return sawEnd && !excused ? ['abandoned, although a poll had seen the end of the job'] : [];
}

/** The tracker may never have seen a job that was removed, if all earlier polls failed or were lost with their workers. */
function neverSeenProblems({ polls, outages }: Ended): string[] {
  const seen = polls.filter((poll) => isGood(poll) && isQuiet(outages, poll.atMs, poll.atMs + AFTERMATH_MS));
  return seen.length > 0 ? ['not-found, although a poll had seen the job'] : [];
}

function isGood({ fault, status }: RequestEntry): boolean {
  return fault === null && status === 200;
}

/** @returns the status that the service shows at the end of the run */
function expectedStatus({ status, expected }: JobTruth): string {
  if (status.startsWith('http ')) return expected.status;
  return status === 'canceled' ? 'cancelled' : status;
}

function valueProblems({ truth, outcome }: Ended): string[] {
  const expected: Ending = truth.expected;
  if (outcome.status === 'completed' && expected.status === 'completed') {
    const { link, warnings } = expected;
    return [
      ...(link === undefined || link === outcome.link ? [] : [`link ${outcome.link}, not ${link}`]),
      ...(warnings === undefined || warnings === outcome.warnings.length
        ? []
        : [`warnings: ${outcome.warnings.join()}`]),
    ];
  }
  const { reason } = expected;
  if (outcome.status !== 'failed' || typeof reason !== 'string' || outcome.reason === reason) return [];
  return [`reason ${outcome.reason}, not ${reason}`];
}

/** A cancel that is requested within this time before the job ends may come too late. */
const RACE_MS = 45_000;

function cancelProblems({ truth, outcome, cancels, phase }: Ended): string[] {
  const detectedAtMs = Date.parse(outcome.detectedAt);
  const inTime = cancels.filter(({ takenAtMs }) => takenAtMs < detectedAtMs);
  if (inTime.length === 0) return [];
  if (phase === 'none') return ['a cancel that Temporal took is unknown to the tracker'];
  if (truth.queueType !== null || truth.cancelSeenAtMs !== null) return [];
  const askedAtMs = Math.min(...inTime.map(({ takenAtMs }) => takenAtMs));
  if (truth.endedAtMs !== null && truth.endedAtMs - askedAtMs < RACE_MS) return [];
  return ['a cancel never reached the service'];
}
