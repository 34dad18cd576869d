import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { InjectedSinks } from '@temporalio/worker';
import { isRecord } from '../../contract/json.ts';
import { plainText } from '../../contract/text.ts';
import { ownTraceIdOf, runSpanIdOf } from '../../contract/trace-context.ts';
import { flagsOfNewTrace, hasProvider, type Position, recordSpan } from '../../spans/tracer.ts';
import type { EndedRun, TraceSinks } from '../../workflows/trace-header.ts';

type RunEnded = InjectedSinks<TraceSinks>['traces']['runEnded']['fn'];
type Run = Parameters<RunEnded>[0];

/** Makes a span of each run when it ends. @param isTraced the user's interceptors make spans of workflows already */
export function runSpans(isTraced: boolean): InjectedSinks<TraceSinks> {
  const isOff = isTraced || !hasProvider();
  return { traces: { runEnded: { fn: isOff ? () => undefined : recordRun } } };
}

const recordRun: RunEnded = (run, ended) => {
  const { startMs, endMs, end } = ended;
  const { attributes, error } = outcomeOf(ended);
  const ids = { temporalWorkflowId: run.workflowId, run_id: run.runId };
  recordSpan(runSpanIdOf(run.runId), positionOf(run, ended), {
    name: run.workflowType,
    kind: SpanKind.CONSUMER,
    startMs,
    endMs,
    attributes: { ...ids, 'jobtrack.run': end, ...attributes },
    error,
  });
};

/** Without a starter's trace, the first run begins the trace, and the later ones are within the first. */
function positionOf({ runId, firstExecutionRunId }: Run, { starter }: EndedRun): Position {
  if (starter !== null) return { ...starter, parentSpanId: starter.spanId };
  const traceId = ownTraceIdOf(firstExecutionRunId);
  const parentSpanId = runId === firstExecutionRunId ? null : runSpanIdOf(firstExecutionRunId);
  return { traceId, parentSpanId, flags: flagsOfNewTrace(traceId), state: null };
}

const FINE = ['completed', 'cancelled', 'abandoned'];
const MAX_TEXT = 200;

function outcomeOf({ end, outcome }: EndedRun): { attributes: Attributes; error: string | null } {
  if (!isRecord(outcome) || !isRecord(outcome['job'])) {
    return { attributes: {}, error: end === 'failed' ? 'the workflow failed' : null };
  }
  const { status, polls, job } = outcome;
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? plainText(value, MAX_TEXT) : undefined;
  const attributes = {
    'jobtrack.provider': text(job['provider']),
    'jobtrack.job_id': text(job['jobId']),
    'jobtrack.account': text(job['account']),
    'jobtrack.outcome': text(status),
    'jobtrack.polls': typeof polls === 'number' ? polls : undefined,
  };
  return { attributes, error: typeof status === 'string' && !FINE.includes(status) ? `the job is ${status}` : null };
}
