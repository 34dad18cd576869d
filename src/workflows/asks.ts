import { ApplicationFailure } from '@temporalio/workflow';
import type { Limits, RequestCancelOptions } from '../contract.ts';
import { isRecord } from '../domain/json.ts';
import { limitsProblems } from '../domain/limits.ts';
import { sentenceOf } from '../domain/problem.ts';

const WAIT_MS = 10_000;
const MAX_WAIT_MS = 60_000;

/** @returns how long the caller of `requestCancel` waits at most, whatever it sent */
export function waitForAnswerMs(sent: RequestCancelOptions | undefined): number {
  const waitMs: unknown = isRecord(sent) ? sent['waitForMs'] : undefined;
  return typeof waitMs === 'number' && Number.isFinite(waitMs)
    ? Math.min(Math.max(Math.round(waitMs), 0), MAX_WAIT_MS)
    : WAIT_MS;
}

/** The validator of `setLimits`: what it throws leaves no trace in the history. */
export function refuseNonsense(limits: Partial<Limits>): void {
  const problems = limitsProblems(limits ?? null, 'limits');
  if (problems.length > 0) throw ApplicationFailure.nonRetryable(sentenceOf(problems), 'InvalidLimits');
}
