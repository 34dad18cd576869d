import {
  type Attributes,
  type Context,
  createTraceState,
  diag,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { DEFAULT_ACCOUNT } from '../contract/index.ts';
import type { JobRef } from '../contract/job.ts';
import type { RemoteSpan } from '../contract/trace-context.ts';
import { isGeneratorUsed, type SpanIds, withIds } from './span-ids.ts';

/** The tracer of this process. Without a provider it makes no spans. */
export function tracerHere(): Tracer {
  return trace.getTracer('durable-job-tracker');
}

/** @returns whether this process has a provider. It is asked by a span that never ends, so it is never exported */
export function hasProvider(): boolean {
  return isSpanContextValid(tracerHere().startSpan('is anybody there', { root: true }).spanContext());
}

/** @returns the attributes that each span of a job has */
export function jobAttributesOf({ provider, jobId, account = DEFAULT_ACCOUNT }: JobRef): Attributes {
  return { 'jobtrack.provider': provider, 'jobtrack.job_id': jobId, 'jobtrack.account': account };
}

/** @returns the span as other processes see it */
export function remoteOf({ traceId, spanId, traceFlags: flags, traceState }: SpanContext): RemoteSpan {
  return { traceId, spanId, flags, state: traceState?.serialize() ?? null };
}

/** Where a span belongs: within another span, or at the begin of a trace whose id is known already. */
export interface Position {
  readonly traceId: string;
  /** null: the trace begins here. */
  readonly parentSpanId: string | null;
  readonly flags: number;
  readonly state: string | null;
}

/** A span that is over. Times in ms since the epoch. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** Why it failed; null: it did not. */
  readonly error: string | null;
}

/** Makes a span afterwards, with an id that was known before. It never throws: a provider that fails must not fail a poll. */
export function recordSpan(spanId: string, position: Position, finished: FinishedSpan): void {
  try {
    record(spanId, position, finished);
  } catch (error) {
    diag.error('a span could not be made', error instanceof Error ? error.name : 'no error');
  }
}

function record(spanId: string, position: Position, finished: FinishedSpan): void {
  const { name, kind, startMs, endMs, attributes, error } = finished;
  const options = { kind, attributes, startTime: new Date(startMs) };
  const ids = { traceId: position.traceId, spanId };
  const span = startAs(ids, (tracer) => tracer.startSpan(name, options, contextOf(position)));
  if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end(new Date(endMs)); // the SDK takes a small number for a time since its own start
}

/**
 * A trace without a starter. With our own provider, the sampler decides by the id of the trace, so it decides the same for each of
 * its spans. Another provider draws an id of its own; there the trace is recorded.
 */
export function flagsOfNewTrace(traceId: string): number {
  // A provider of others may keep each span until it ends, and this one never ends.
  if (!isGeneratorUsed()) return TraceFlags.SAMPLED;
  const ids = { traceId, spanId: 'f'.repeat(16) };
  const probe = withIds(ids, () => tracerHere().startSpan('is it recorded', { root: true })).spanContext();
  return probe.traceId === traceId ? probe.traceFlags : TraceFlags.SAMPLED;
}

/** Starts a span with these ids. The API has no way to do that: if the provider is not ours, the span says its ids to the exporter. */
function startAs(ids: SpanIds, start: (tracer: Tracer) => Span): Span {
  const span = withIds(ids, () => start(tracerHere()));
  const made = span.spanContext();
  if (made.spanId === ids.spanId) return span;
  return Object.defineProperty(span, 'spanContext', { value: (): SpanContext => ({ ...made, ...ids }) });
}

function contextOf({ traceId, parentSpanId, flags, state }: Position): Context {
  if (parentSpanId === null) return ROOT_CONTEXT;
  const traceState = state === null ? undefined : createTraceState(state);
  const parent = { traceId, spanId: parentSpanId, traceFlags: flags, isRemote: true, traceState };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}
