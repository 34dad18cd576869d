// Passes the trace of the starter on to the activities and to the next run, and says how a run ended. It is part of the workflow bundle, with
// traces on or off. It draws no random number, waits for nothing and adds no command, so every history replays with it and without it.
import { defaultPayloadConverter, type Headers, type Payload } from '@temporalio/common';
import {
  type ConcludeActivationInput,
  proxySinks,
  type Sinks,
  type WorkflowInterceptors,
  workflowInfo,
} from '@temporalio/workflow';
import { wire } from '../contract/index.ts';
import {
  ownTraceIdOf,
  type RemoteSpan,
  remoteSpanOf,
  runSpanIdOf,
  TRACE_HEADER,
  traceHeadersOf,
} from '../contract/trace-context.ts';

/** How a run ended. */
export interface EndedRun {
  /** The span of the starter; null: none. */
  readonly starter: RemoteSpan | null;
  /** By Temporal's clock, ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly end: 'completed' | 'failed' | 'canceled' | 'continued';
  /** The outcome as the run gave it, unchecked; null: none. */
  readonly outcome: unknown;
}

/** The worker makes the spans of runs. */
export interface TraceSinks extends Sinks {
  traces: { runEnded: (run: EndedRun) => void };
}

const { runEnded } = proxySinks<TraceSinks>().traces; // silent during replay

/** The SDK calls it for each run of each workflow of the bundle. Those of others pass unchanged. */
export function interceptors(): WorkflowInterceptors {
  if (workflowInfo().workflowType !== wire.workflow) return {};
  let given: Payload | undefined;
  let starter: RemoteSpan | null = null;
  return {
    inbound: [
      {
        execute: (input, next) => {
          given = input.headers[TRACE_HEADER];
          starter = remoteSpanOf(valueOf(given));
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          next({ ...input, headers: withTrace(input.headers, activityHeaderOf(starter)) }),
        scheduleLocalActivity: (input, next) =>
          next({ ...input, headers: withTrace(input.headers, activityHeaderOf(starter)) }),
        continueAsNew: (input, next) => next({ ...input, headers: withTrace(input.headers, given) }),
      },
    ],
    internals: [
      {
        concludeActivation: (input, next) => {
          const ended = endOf(input.commands);
          if (ended !== null) runEnded({ starter, ...timesHere(), ...ended });
          return next(input);
        },
      },
    ],
  };
}

/** An interceptor of others may have set the header already; then it has a nearer span. */
function withTrace(headers: Headers, trace: Payload | undefined): Headers {
  return trace === undefined || TRACE_HEADER in headers ? headers : { ...headers, [TRACE_HEADER]: trace };
}

/** @returns undefined: nobody started a trace, and the activity knows the first run by itself */
function activityHeaderOf(starter: RemoteSpan | null): Payload | undefined {
  const { runId, firstExecutionRunId } = workflowInfo();
  if (starter !== null) return payloadOf(traceHeadersOf({ ...starter, spanId: runSpanIdOf(runId) }));
  return firstExecutionRunId === runId ? undefined : payloadOf({ 'jobtrack-trace': ownTraceIdOf(firstExecutionRunId) });
}

function timesHere(): Pick<EndedRun, 'startMs' | 'endMs'> {
  return { startMs: workflowInfo().runStartTime.getTime(), endMs: Date.now() };
}

type Commands = ConcludeActivationInput['commands'];

/** @returns null: the run goes on */
function endOf(commands: Commands): Pick<EndedRun, 'end' | 'outcome'> | null {
  for (const { completeWorkflowExecution, failWorkflowExecution, ...others } of commands) {
    if (completeWorkflowExecution) return { end: 'completed', outcome: valueOf(completeWorkflowExecution.result) };
    const details = failWorkflowExecution?.failure?.applicationFailureInfo?.details?.payloads;
    if (failWorkflowExecution) return { end: 'failed', outcome: valueOf(details?.[0]) };
    if (others.cancelWorkflowExecution) return { end: 'canceled', outcome: valueOf(memoIn(commands)) };
    if (others.continueAsNewWorkflowExecution) return { end: 'continued', outcome: null };
  }
  return null;
}

function memoIn(commands: Commands): Payload | undefined {
  const fields = commands.map(({ modifyWorkflowProperties }) => modifyWorkflowProperties?.upsertedMemo?.fields);
  return fields.find((one) => one?.[wire.outcomeMemo])?.[wire.outcomeMemo] ?? undefined;
}

function payloadOf(value: object): Payload {
  return defaultPayloadConverter.toPayload(value);
}

/** A header may hold anything, and must not fail the workflow. */
function valueOf(payload: Payload | null | undefined): unknown {
  if (payload === null || payload === undefined) return null;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return null;
  }
}
