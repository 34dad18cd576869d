import type { Client } from '@temporalio/client';
import { isoTime, isRecord } from '../contract/json.ts';
import { momentMs } from './grpc.ts';

type Service = Client['workflowService'];
type RawDescription = Awaited<ReturnType<Service['describeWorkflowExecution']>>;
export type RawActivity = NonNullable<RawDescription['pendingActivities']>[number];
type RawInfo = NonNullable<RawDescription['workflowExecutionInfo']>;
type Payload = NonNullable<NonNullable<NonNullable<RawInfo['memo']>['fields']>[string]>;

/** By the numbers of `temporal.api.enums.v1.WorkflowExecutionStatus`, under the names of the SDK. */
const STATUSES = [
  'UNSPECIFIED',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'CONTINUED_AS_NEW',
  'TIMED_OUT',
  'PAUSED',
];

/**
 * What the server says of one execution. The SDK's own functions also decode the memo and all search attributes: those of anybody's
 * making, and one that cannot be read fails the call, also a list of all others.
 */
export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  /** Names the whole chain of runs. */
  readonly firstRunId: string;
  /** As the SDK names it, e.g. `RUNNING`. */
  readonly status: string;
  readonly startedAt: string;
  /** Null: it runs. */
  readonly closedAt: string | null;
  /** The value of a search attribute; null: there is none, or it cannot be read. */
  readonly attribute: (name: string) => unknown;
}

export interface Description extends Execution {
  readonly pendingActivities: readonly RawActivity[];
  /** The record of this name in the memo; null: there is none. @throws if it cannot be decoded */
  readonly memo: (name: string) => Promise<Record<string, unknown> | null>;
}

export function executionOf(info: RawInfo): Execution {
  const { execution, status, startTime, closeTime, searchAttributes } = info;
  const runId = execution?.runId ?? '';
  return {
    workflowId: execution?.workflowId ?? '',
    runId,
    firstRunId: info.firstRunId || runId,
    status: STATUSES[status ?? 0] ?? 'UNKNOWN',
    startedAt: isoTime(momentMs(startTime ?? {})),
    closedAt: closeTime ? isoTime(momentMs(closeTime)) : null,
    attribute: (name) => jsonOf(searchAttributes?.indexedFields?.[name]),
  };
}

/** Asks for the latest run of this id. @throws what the call throws, not yet translated */
export async function describeExecution(client: Client, workflowId: string): Promise<Description> {
  const { namespace } = client.options;
  const told = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
  const info = told.workflowExecutionInfo ?? {};
  const owner = { type: 'workflow', namespace, workflowId } as const;
  return {
    ...executionOf(info),
    pendingActivities: told.pendingActivities ?? [],
    memo: (name) => recordIn(client, info.memo?.fields?.[name], owner),
  };
}

/** Of whom a payload is: a codec may open it only for its owner. */
type Owner = Parameters<Client['options']['loadedDataConverter']['payloadConverter']['fromPayload']>[1];

/** Decodes a record as our worker has encoded it; null: it is none. @throws if nobody here can read it */
export async function recordIn(
  { options }: Client,
  payload: Payload | null | undefined,
  owner: Owner,
): Promise<Record<string, unknown> | null> {
  if (payload === null || payload === undefined) return null;
  const { payloadConverter, payloadCodecs } = options.loadedDataConverter;
  let payloads = [payload];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads, owner);
  const [plain] = payloads;
  const value: unknown = plain === undefined ? null : payloadConverter.fromPayload(plain, owner);
  return isRecord(value) ? value : null;
}

/** Search attributes are plain JSON, whatever codec there is. */
function jsonOf(payload: Payload | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));
  } catch {
    return null;
  }
}
