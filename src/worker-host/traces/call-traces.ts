import { type Attributes, context, createContextKey, SpanKind, trace } from '@opentelemetry/api';
import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { NO_TRACES, type Traces } from '../../activities/traces.ts';
import {
  ownTraceIdOf,
  type RemoteSpan,
  remoteSpanOf,
  runSpanIdOf,
  TRACE_HEADER,
  traceHeadersOf,
} from '../../contract/trace-context.ts';
import type { RequestWatch, WatchedRequest } from '../../providers/http/request-watch.ts';
import { randomSpanId } from '../../spans/span-ids.ts';
import {
  flagsOfNewTrace,
  hasProvider,
  jobAttributesOf,
  type Position,
  recordSpan,
  remoteOf,
} from '../../spans/tracer.ts';

/** The traces of the activities of a worker. */
export interface CallTraces {
  readonly traces: Traces;
  /** For the SDK workers of polls and cancels: activities have no other way to read their headers. */
  readonly interceptors: readonly ActivityInterceptorsFactory[];
}

/** @param hosts the services that get `traceparent`, each as `host` or `host:port` */
export function createCallTraces(hosts: readonly string[]): CallTraces {
  if (!hasProvider()) return { traces: NO_TRACES, interceptors: [] };
  const headers = new WeakMap<Context, Headers>();
  const isListed = ({ host, hostname }: URL): boolean => hosts.includes(host) || hosts.includes(hostname);
  const interceptor: ActivityInterceptorsFactory = (activity) => ({
    inbound: {
      execute: (input, next) => {
        headers.set(activity, input.headers);
        return next(input);
      },
    },
  });
  const begin: Traces['begin'] = (name, job) => {
    const activity = Context.current();
    const position = positionOf(activity, headers.get(activity) ?? {});
    const span = { ...spanWithin(position), startMs: Date.now() };
    const requests = watchRequests(span.own, isListed);
    return {
      watch: requests.watch,
      record: ({ attributes, error }) => {
        const endMs = Date.now();
        const all = { ...jobAttributesOf(job), ...activityAttributesOf(activity), ...attributes };
        const finished = { name, kind: SpanKind.INTERNAL, startMs: span.startMs, endMs, attributes: all, error };
        recordSpan(span.own.spanId, position, finished);
        requests.record();
      },
    };
  };
  return { traces: { begin }, interceptors: [interceptor] };
}

/** The names are those of Temporal's own interceptors. */
function activityAttributesOf({ info }: Context): Attributes {
  const { workflowId, runId } = info.workflowExecution ?? {};
  return { temporalWorkflowId: workflowId, run_id: runId, temporalActivityId: info.activityId };
}

/** A span that an interceptor of others has begun is nearer than the run. */
function positionOf({ info }: Context, headers: Headers): Position {
  const active = trace.getSpanContext(context.active());
  const given = valueOf(headers);
  const parent = active !== undefined && trace.isSpanContextValid(active) ? remoteOf(active) : remoteSpanOf(given);
  if (parent !== null) return { ...parent, parentSpanId: parent.spanId };
  const { runId = info.activityId } = info.workflowExecution ?? {};
  const { 'jobtrack-trace': first } = (given ?? {}) as Record<string, unknown>;
  const traceId = typeof first === 'string' && /^[0-9a-f]{32}$/.test(first) ? first : ownTraceIdOf(runId);
  return { traceId, parentSpanId: runSpanIdOf(runId), flags: flagsOfNewTrace(traceId), state: null };
}

function valueOf({ [TRACE_HEADER]: payload }: Headers): unknown {
  try {
    return payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
  } catch {
    return null;
  }
}

/** @returns a new span within another one, or at the begin of the trace */
function spanWithin({ traceId, flags, state }: Position): { own: RemoteSpan } {
  return { own: { traceId, spanId: randomSpanId(), flags, state } };
}

/** The context of OpenTelemetry in which its instrumentations of HTTP make no spans and send no headers. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Observes the requests of a call. Their spans are made when the call turns out to be worth a span. */
function watchRequests(call: RemoteSpan, isListed: (url: URL) => boolean) {
  const made: (() => void)[] = [];
  const position: Position = { ...call, parentSpanId: call.spanId };
  const watch: RequestWatch = async (request, send) => {
    const { own } = spanWithin(position);
    const startMs = Date.now();
    const note = (answer: Answer): void => {
      const span = { ...requestSpanOf(request, answer), startMs, endMs: Date.now() };
      made.push(() => recordSpan(own.spanId, position, span));
    };
    const headers = isListed(request.url) ? traceHeadersOf(own) : {};
    try {
      // An instrumentation of the user's process would make a second span, and send `traceparent` to every host.
      const silent = context.active().setValue(SUPPRESSED, true);
      const answer = await context.with(silent, () => send({ ...headers }));
      note({ status: answer.status, error: null });
      return answer;
    } catch (error) {
      note({ status: null, error });
      throw error;
    }
  };
  return { watch, record: (): void => made.forEach((one) => one()) };
}

interface Answer {
  readonly status: number | null;
  readonly error: unknown;
}

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/** By OpenTelemetry's conventions for HTTP clients, without the query, which may hold a secret. */
function requestSpanOf({ method, url }: WatchedRequest, { status, error }: Answer) {
  const { origin, pathname, hostname, port, protocol } = url;
  const isFailed = status === null || status >= 400;
  const type = status === null ? nameOf(error) : String(status);
  const attributes = {
    'http.request.method': method,
    'url.full': `${origin}${pathname}`,
    'server.address': hostname,
    'server.port': port === '' ? PORTS[protocol] : Number(port),
    ...(status === null ? {} : { 'http.response.status_code': status }),
    ...(isFailed ? { 'error.type': type } : {}),
  };
  return { name: method, kind: SpanKind.CLIENT, attributes, error: isFailed ? type : null };
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'kind' in error ? String(error.kind) : 'aborted';
}
