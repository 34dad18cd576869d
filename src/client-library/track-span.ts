import { context, isSpanContextValid, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { defaultPayloadConverter, WorkflowClient, type WorkflowClientInterceptor } from '@temporalio/client';
import {
  ownTraceIdOf,
  type RemoteSpan,
  remoteSpanOf,
  runSpanIdOf,
  TRACE_HEADER,
  traceHeadersOf,
} from '../contract/trace-context.ts';
import { jobAttributesOf, remoteOf, tracerHere } from '../spans/tracer.ts';
import { type Begin, type Start, startOrAttach, startWorkflow } from './start.ts';

/** As `startOrAttach`, in a span `track` of the caller's trace. The trace of a job is that of its starter; who attaches gets a link to it. */
export async function startInSpan(start: Start, again: boolean): Promise<void> {
  const attributes = { ...jobAttributesOf(start.input.job), temporalWorkflowId: start.workflowId };
  const span = tracerHere().startSpan('track', { kind: SpanKind.PRODUCER, attributes });
  try {
    await context.with(trace.setSpan(context.active(), span), () => startWith(span, start, again));
  } catch (error) {
    // Not its text: an error of a library may quote a secret.
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'no error' });
    throw error;
  } finally {
    span.end();
  }
}

async function startWith(span: Span, start: Start, again: boolean): Promise<void> {
  if (!isSpanContextValid(span.spanContext())) return void (await startOrAttach(start, again));
  let runId: string | null = null;
  const workflows = withHeaderOf(span, start.client.workflow);
  const begin: Begin = async (reuse) => {
    const { firstExecutionRunId } = await startWorkflow(start, workflows, reuse);
    runId = firstExecutionRunId;
  };
  const isOpen = await startOrAttach(start, again, begin);
  if (!span.isRecording()) return;
  if (!isOpen) span.setAttribute('jobtrack.attached', true);
  else if (runId !== null) await noteRun(span, start, runId);
}

/** A client with the same connection, whose starts carry the span. It does not change the client of the caller. */
function withHeaderOf(span: Span, client: WorkflowClient): WorkflowClient {
  const { interceptors: others } = client.options;
  if (!Array.isArray(others)) return client; // the deprecated form
  const payload = defaultPayloadConverter.toPayload(traceHeadersOf(remoteOf(span.spanContext())));
  const own: WorkflowClientInterceptor = {
    // Temporal's interceptor may have added a nearer span.
    startWithDetails: (input, next) => next({ ...input, headers: { [TRACE_HEADER]: payload, ...input.headers } }),
  };
  return new WorkflowClient({ ...client.options, interceptors: [...others, own] });
}

/** Says whether the run was there before. The server's answer to the start does not say it to us; the first event of the run does. */
async function noteRun(span: Span, { client, workflowId }: Start, runId: string): Promise<void> {
  span.setAttribute('run_id', runId);
  const starter = await starterOf(client, { workflowId, runId });
  if (starter === null) return;
  const own = span.spanContext();
  const isAttached = starter.traceId !== own.traceId || starter.spanId !== own.spanId;
  span.setAttribute('jobtrack.attached', isAttached);
  if (!isAttached) return;
  const link = { traceId: starter.traceId, spanId: starter.spanId, traceFlags: starter.flags };
  span.addLink?.({ context: link }); // the API has it since 1.9
}

/** @returns the span that started the run, or that of the run itself, if it was started without one; null: it cannot be read now */
async function starterOf(
  client: Start['client'],
  execution: { workflowId: string; runId: string },
): Promise<RemoteSpan | null> {
  try {
    const { namespace } = client.options;
    const asked = { namespace, execution, maximumPageSize: 1 };
    const { history } = await client.workflowService.getWorkflowExecutionHistory(asked);
    const { header, firstExecutionRunId } = history?.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
    const payload = header?.fields?.[TRACE_HEADER];
    const given = payload ? remoteSpanOf(defaultPayloadConverter.fromPayload(payload)) : null;
    const traceId = ownTraceIdOf(firstExecutionRunId || execution.runId);
    return given ?? { traceId, spanId: runSpanIdOf(execution.runId), flags: 1, state: null };
  } catch {
    return null;
  }
}
