import { CancelledFailure } from '@temporalio/activity';
import type { PollAnswer, PollMemory, PollRequest } from '../../polling/memory.ts';
import { DEFAULT_ACCOUNT } from '../../contract/index.ts';
import { ProviderError } from '../../contract/failure.ts';
import type { Deferral } from '../../polling/admission.ts';
import { outageWaitMs } from '../../polling/circuit-breaker.ts';
import { isEnded } from '../../contract/job.ts';
import { phaseOffsetOf } from '../../polling/phase-offset.ts';
import { evaluate, evaluateDeferral, type Evaluation, type PollResult, within } from '../../polling/evaluate.ts';
import { percentOf } from '../../contract/render.ts';
import { DeferredError } from '../account-limiter.ts';
import { type ActivityContext, type JobService, workflowIdHere } from '../job-activities.ts';
import type { CallTrace } from '../traces.ts';
import { pollSpanOf } from './poll-span.ts';

/** One poll that was due: its evaluation, or its deferral. */
export interface PolledOnce extends Evaluation {
  /** For the failure that gives the interval back. People read it in the UI. */
  readonly summary: string;
}

export interface PollFacts {
  readonly service: JobService;
  readonly request: PollRequest;
  readonly memory: PollMemory;
  readonly signal: AbortSignal;
  /** When the poll was due, ms; null: not known. */
  readonly dueAtMs: number | null;
}

/** Polls the job once, and informs the account's limiter, the metrics and, if it is reported, the trace. */
export async function pollOnce(context: ActivityContext, facts: PollFacts): Promise<PolledOnce> {
  const trace = context.traces.begin('poll', facts.request.job);
  const { isDeferred, ...polled } = await pollWith(trace, context, facts);
  if (polled.answer !== null) trace.record(pollSpanOf(facts.request, polled.answer, isDeferred ? 0 : 1));
  return polled;
}

async function pollWith(
  { watch }: CallTrace,
  context: ActivityContext,
  facts: PollFacts,
): Promise<PolledOnce & { isDeferred: boolean }> {
  const { service, memory } = facts;
  const { limiter } = service;
  const job = workflowIdHere();
  const begunAtMs = context.now();
  const result = await read(facts, job, watch);
  const nowMs = context.now();
  if (result.type === 'deferred') {
    const evaluation = evaluateDeferral(memory, result, nowMs);
    limiter.follow(job, evaluation.intervalMs);
    measureDeferral(context, facts, result);
    return { ...evaluation, summary: result.reason, isDeferred: true };
  }
  const leastMs = limiter.leastIntervalMs(Math.max(0, begunAtMs - (facts.dueAtMs ?? begunAtMs)));
  const durations = facts.service.durations.learnt();
  const { reportEveryMs } = context.options;
  const time = { nowMs, chance: context.random(), reportEveryMs, leastMs, durations, phaseOffset: phaseOffsetOf(job) };
  const wanted = evaluate({ request: facts.request, memory, time }, result);
  const evaluation = within(wanted, { leastMs, ...capOf(result, service, context.random()) }, nowMs);
  limiter.follow(job, isLast(evaluation.answer) ? null : evaluation.intervalMs);
  if (evaluation.answer?.type === 'polled') {
    facts.service.durations.note({ before: memory, snapshot: evaluation.answer.snapshot, nowMs });
  }
  measure(context, facts, { result, evaluation, begunAtMs, stretchedMs: evaluation.intervalMs - wanted.intervalMs });
  return { ...evaluation, summary: summaryOf(result), isDeferred: false };
}

type Read = PollResult | ({ type: 'deferred' } & Deferral);

async function read({ service, request, signal }: PollFacts, job: string, watch: CallTrace['watch']): Promise<Read> {
  try {
    const snapshot = await service.limiter.through(job, 'poll', async () => service.poll(request.job, signal, watch));
    return { type: 'snapshot', snapshot };
  } catch (error) {
    if (signal.aborted) throw new CancelledFailure('the workflow polls anew');
    if (error instanceof DeferredError) return { type: 'deferred', ...error.deferral };
    if (!(error instanceof ProviderError)) throw error;
    const { kind, message, retryAfterMs, edge } = error;
    return { type: 'failure', kind, message, retryAfterMs, edge };
  }
}

/** While the breaker is open, one poll tries for all jobs. So a job need not back off by itself, and is not late afterwards. */
function capOf(result: PollResult, { limiter }: JobService, chance: number): { mostMs?: number } {
  const isOutage = result.type === 'failure' && result.kind === 'unavailable' && limiter.breaker() === 'open';
  return isOutage && result.retryAfterMs === null ? { mostMs: outageWaitMs(limiter.holdMs(), chance) } : {};
}

function isLast(answer: PollAnswer | null): boolean {
  if (answer === null) return false;
  if (answer.type !== 'polled') return answer.final;
  const { state } = answer.snapshot;
  return isEnded(state) && state !== 'moderated';
}

function summaryOf(result: PollResult): string {
  if (result.type === 'failure') return result.message;
  const { state, progress } = result.snapshot;
  return `${state}${progress === null ? '' : ` ${percentOf(progress)}`}, unchanged`;
}

interface Polled {
  readonly result: PollResult;
  readonly evaluation: Evaluation;
  readonly begunAtMs: number;
  /** By how much the budget lengthened the interval, ms; negative: an outage shortened it. */
  readonly stretchedMs: number;
}

function labelsOf({ request }: PollFacts): { provider: string; account: string } {
  return { provider: request.job.provider, account: request.job.account ?? DEFAULT_ACCOUNT };
}

function measure(context: ActivityContext, facts: PollFacts, polled: Polled): void {
  const { result, evaluation, begunAtMs, stretchedMs } = polled;
  const labels = labelsOf(facts);
  const change = evaluation.answer === null ? 'unchanged' : 'changed';
  const label = result.type === 'failure' ? result.kind : change;
  context.measure('jobtrack_polls', 1, { ...labels, result: label });
  if (!isLast(evaluation.answer)) context.measure('jobtrack_poll_interval', evaluation.intervalMs / 1_000, labels);
  if (facts.dueAtMs !== null) {
    context.measure('jobtrack_poll_lateness', Math.max(0, begunAtMs - facts.dueAtMs) / 1_000, labels);
  }
  if (stretchedMs > 0) context.measure('jobtrack_budget_wait', stretchedMs / 1_000, labels);
}

function measureDeferral(context: ActivityContext, facts: PollFacts, { kind, waitMs }: Deferral): void {
  const labels = labelsOf(facts);
  context.measure('jobtrack_polls_held', 1, { ...labels, reason: kind ?? 'budget' });
  if (kind === null) context.measure('jobtrack_budget_wait', waitMs / 1_000, labels);
}
