import { ApplicationFailure } from '@temporalio/workflow';
import type { Limits, RequestCancelOptions } from '../contract/index.ts';
import { MAX_CANCEL_WAIT_MS, wire } from '../contract/index.ts';
import { isRecord } from '../contract/json.ts';
import { limitsProblems } from '../contract/limits.ts';
import { sentenceOf } from '../contract/problem.ts';
import { plainText } from '../contract/text.ts';

const WAIT_MS = 10_000;
const MAX_NAME = 100;

/** @returns how long the caller of `requestCancel` waits at most, whatever it sent */
export function waitForAnswerMs(sent: RequestCancelOptions | undefined): number {
  const waitMs: unknown = isRecord(sent) ? sent['waitForMs'] : undefined;
  return typeof waitMs === 'number' && Number.isFinite(waitMs)
    ? Math.min(Math.max(Math.round(waitMs), 0), MAX_CANCEL_WAIT_MS)
    : WAIT_MS;
}

/**
 * Called by the handler of `setLimits`, not as its validator: a refusal by a validator may leave an empty workflow task behind, which a
 * replay joins with the one before it. What came in that one is then handled at a later time, and the replay may differ from the run.
 */
export function refuseNonsense(limits: Partial<Limits>): void {
  const problems = limitsProblems(limits ?? null, 'limits');
  if (problems.length > 0) throw ApplicationFailure.nonRetryable(sentenceOf(problems), 'InvalidLimits');
}

/** An update that we do not have is taken and fails, for the same reason: without a handler it would be refused. */
export function refuseUpdate(name: string): never {
  const known = Object.values(wire.updates).join(', ');
  throw ApplicationFailure.nonRetryable(
    `there is no update ${plainText(name, MAX_NAME)}; there are ${known}`,
    'UnknownUpdate',
  );
}
