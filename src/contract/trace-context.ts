/** The header of a start and of an activity with a trace, by which Temporal's own interceptors of all languages pass it on, too. */
export const TRACE_HEADER = '_tracer-data';

/** W3C trace context, as the headers of HTTP and Temporal carry it. */
export interface TraceHeaders {
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Only between our runs and activities: the id of the trace, if nobody has started one. */
  readonly 'jobtrack-trace'?: string;
}

/** A span in another process. */
export interface RemoteSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: the trace is recorded. */
  readonly flags: number;
  /** The vendors' part, unread; null: none. */
  readonly state: string | null;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
const MAX_STATE = 512;

/** @returns null: there is no valid `traceparent`. It accepts any value, because callers in any language send headers. */
export function remoteSpanOf(headers: unknown): RemoteSpan | null {
  const { traceparent, tracestate } = (headers ?? {}) as Record<string, unknown>;
  const [, traceId, spanId, flags] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  const hasState = typeof tracestate === 'string' && tracestate !== '' && tracestate.length <= MAX_STATE;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: hasState ? tracestate : null };
}

/** @returns W3C headers for a call within this span */
export function traceHeadersOf({ traceId, spanId, flags, state }: RemoteSpan): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-${(flags & 1).toString(16).padStart(2, '0')}`;
  return state === null ? { traceparent } : { traceparent, tracestate: state };
}

/** @returns the id of the trace of a job that was started without one: the id of its first run, a UUID */
export function ownTraceIdOf(firstRunId: string): string {
  return firstRunId.replaceAll('-', '').toLowerCase();
}

/** @returns the id of the span of a run. It follows from the run id, so every worker knows it, and a replay draws no random number. */
export function runSpanIdOf(runId: string): string {
  return ownTraceIdOf(runId).slice(16);
}
