import type { JobOutcome } from '../../src/contract/index.ts';
import type { Ending, JobTruth, RequestEntry } from '../../src/simulators/simulator.ts';
import { isQuiet, type Outage } from './outages.ts';

/** One job at its end: what the service knows of it, and what the tracker says. */
export interface Ended {
  truth: JobTruth;
  outcome: JobOutcome;
  /** Its status requests. */
  polls: readonly RequestEntry[];
  /** The cancels that Temporal took. */
  cancels: readonly { begunAtMs: number; takenAtMs: number }[];
  /** The phase of the cancel by the tracker's own account. */
  phase: string;
  outages: readonly Outage[];
}

/** @returns what of an outcome does not agree with the truth at the service */
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

/** A death just before has effects, too: a workflow task waits 10 s for a worker that is gone. */
const AFTERMATH_MS = 15_000;

/** A service without a cancel: tracking ends after one more poll, or 10 s of trying, unless that poll sees the end. */
function abandonedProblems({ truth, outcome, polls, cancels, outages }: Ended): string[] {
  if (truth.queueType === null || cancels.length === 0) return [`abandoned, after ${cancels.length} cancels`];
  const detectedAtMs = Date.parse(outcome.detectedAt);
  const { endedAtMs } = truth;
  const sawEnd = polls.some(
    (poll) => endedAtMs !== null && isGood(poll) && poll.atMs > endedAtMs && poll.atMs < detectedAtMs,
  );
  const askedAtMs = Math.min(...cancels.map(({ begunAtMs }) => begunAtMs));
  // An answer that died with its worker is asked for again, but not within those 10 s.
  const excused = !isQuiet(outages, askedAtMs - AFTERMATH_MS, detectedAtMs);
  return sawEnd && !excused ? ['abandoned, although a poll had seen the end of the job'] : [];
}

/** A job that has vanished is unknown to a tracker whose polls all failed, or died with their workers, while it was there. */
function neverSeenProblems({ polls, outages }: Ended): string[] {
  const seen = polls.filter((poll) => isGood(poll) && isQuiet(outages, poll.atMs, poll.atMs + AFTERMATH_MS));
  return seen.length > 0 ? ['not-found, although a poll had seen the job'] : [];
}

function isGood({ fault, status }: RequestEntry): boolean {
  return fault === null && status === 200;
}

/** By the service's own word at the end of the run. */
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

/** A service that is asked within this time of the job's own end may be asked too late. */
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
