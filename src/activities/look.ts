import { activityInfo, CancelledFailure } from '@temporalio/activity';
import type { PollAnswer, PollMemory, PollRequest } from '../polling/memory.ts';
import { DEFAULT_ACCOUNT } from '../contract/index.ts';
import { ProviderError } from '../contract/failure.ts';
import { outageWaitMs } from '../polling/gate.ts';
import type { HeldBack } from '../polling/held.ts';
import { weighHeld, within } from '../polling/held.ts';
import { isEnded } from '../contract/job.ts';
import { placeOf } from '../polling/place.ts';
import type { Reading, Weighed } from '../polling/evaluate.ts';
import { weigh } from '../polling/evaluate.ts';
import { percentOf } from '../contract/render.ts';
import { HeldBackError } from './account-gate.ts';
import type { ActivityContext, JobService } from './job-activities.ts';

/** One look at a job that is due: read and weighed, or held back by its account. */
export interface Look extends Weighed {
  /** For the failure that gives the interval back, which people read in the UI. */
  readonly said: string;
}

export interface LookFacts {
  readonly service: JobService;
  readonly request: PollRequest;
  readonly memory: PollMemory;
  readonly signal: AbortSignal;
  /** When the look was due, ms; null: not known. */
  readonly dueAtMs: number | null;
}

/** Looks at the job once, and tells the account's gate and the metrics of it. */
export async function look(context: ActivityContext, facts: LookFacts): Promise<Look> {
  const { service, memory } = facts;
  const { gate } = service;
  const job = activityInfo().workflowExecution?.workflowId ?? '';
  const begunAtMs = context.now();
  const reading = await read(facts, job);
  const nowMs = context.now();
  if (reading.type === 'held') {
    const weighed = weighHeld(memory, reading, nowMs);
    gate.follow(job, weighed.intervalMs);
    measureHeld(context, facts, reading);
    return { ...weighed, said: reading.reason };
  }
  const leastMs = gate.leastIntervalMs(Math.max(0, begunAtMs - (facts.dueAtMs ?? begunAtMs)));
  const learnt = context.learning.of(facts.request.job);
  const { reportEveryMs } = context.options;
  const time = { nowMs, chance: context.random(), reportEveryMs, leastMs, learnt, place: placeOf(job) };
  const wanted = weigh(facts.request, memory, reading, time);
  const weighed = within(wanted, { leastMs, ...capOf(reading, service, context.random()) }, nowMs);
  gate.follow(job, isLast(weighed.answer) ? null : weighed.intervalMs);
  if (weighed.answer?.type === 'polled') {
    context.learning.note(facts.request.job, { before: memory, snapshot: weighed.answer.snapshot, nowMs });
  }
  measure(context, facts, { reading, weighed, begunAtMs, stretchedMs: weighed.intervalMs - wanted.intervalMs });
  return { ...weighed, said: saidOf(reading) };
}

type Read = Reading | ({ type: 'held' } & HeldBack);

async function read({ service, request, signal }: LookFacts, job: string): Promise<Read> {
  try {
    const snapshot = await service.gate.through(job, 'poll', async () => service.poll(request.job, signal));
    return { type: 'snapshot', snapshot };
  } catch (error) {
    if (signal.aborted) throw new CancelledFailure('the workflow polls anew');
    if (error instanceof HeldBackError) return { type: 'held', ...error.held };
    if (!(error instanceof ProviderError)) throw error;
    const { kind, message, retryAfterMs, edge } = error;
    return { type: 'failure', kind, message, retryAfterMs, edge };
  }
}

/** While all jobs are down one poll tries for all of them: none has to back off by itself, and none comes back late. */
function capOf(reading: Reading, { gate }: JobService, chance: number): { mostMs?: number } {
  const isOutage = reading.type === 'failure' && reading.kind === 'unavailable' && gate.breaker() === 'open';
  return isOutage && reading.retryAfterMs === null ? { mostMs: outageWaitMs(gate.holdMs, chance) } : {};
}

function isLast(answer: PollAnswer | null): boolean {
  if (answer === null) return false;
  if (answer.type !== 'polled') return answer.final;
  const { state } = answer.snapshot;
  return isEnded(state) && state !== 'moderated';
}

function saidOf(reading: Reading): string {
  if (reading.type === 'failure') return reading.message;
  const { state, progress } = reading.snapshot;
  return `${state}${progress === null ? '' : ` ${percentOf(progress)}`}, unchanged`;
}

interface Looked {
  readonly reading: Reading;
  readonly weighed: Weighed;
  readonly begunAtMs: number;
  /** By how much the budget lengthened the interval, ms; negative: an outage shortened it. */
  readonly stretchedMs: number;
}

function labelsOf({ request }: LookFacts): { provider: string; account: string } {
  return { provider: request.job.provider, account: request.job.account ?? DEFAULT_ACCOUNT };
}

function measure(context: ActivityContext, facts: LookFacts, looked: Looked): void {
  const { reading, weighed, begunAtMs, stretchedMs } = looked;
  const labels = labelsOf(facts);
  const told = weighed.answer === null ? 'unchanged' : 'changed';
  const result = reading.type === 'failure' ? reading.kind : told;
  context.measure('jobtrack_polls', 1, { ...labels, result });
  if (!isLast(weighed.answer)) context.measure('jobtrack_poll_interval', weighed.intervalMs / 1_000, labels);
  if (facts.dueAtMs !== null) {
    context.measure('jobtrack_poll_lateness', Math.max(0, begunAtMs - facts.dueAtMs) / 1_000, labels);
  }
  if (stretchedMs > 0) context.measure('jobtrack_budget_wait', stretchedMs / 1_000, labels);
}

function measureHeld(context: ActivityContext, facts: LookFacts, { kind, waitMs }: HeldBack): void {
  const labels = labelsOf(facts);
  context.measure('jobtrack_polls_held', 1, { ...labels, reason: kind ?? 'budget' });
  if (kind === null) context.measure('jobtrack_budget_wait', waitMs / 1_000, labels);
}
