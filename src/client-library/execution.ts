import type { Client } from '@temporalio/client';
import { isoTime, isRecord } from '../contract/json.ts';
import { timestampMs } from './grpc.ts';

type Service = Client['workflowService'];
type RawDescription = Awaited<ReturnType<Service['describeWorkflowExecution']>>;
export type RawActivity = NonNullable<RawDescription['pendingActivities']>[number];
type RawInfo = NonNullable<RawDescription['workflowExecutionInfo']>;
type Payload = NonNullable<NonNullable<NonNullable<RawInfo['memo']>['fields']>[string]>;

/** The SDK's names, indexed by the numbers of `temporal.api.enums.v1.WorkflowExecutionStatus`. */
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
 * One execution, as the server describes it. The SDK's own functions also decode the memo and all search attributes. Then one that
 * cannot be decoded, such as another program's, would fail the call or the whole list.
 */
export interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  /** The same for all runs of the workflow. */
  readonly firstRunId: string;
  /** The SDK's name, such as `RUNNING`. */
  readonly status: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601; null: it is open. */
  readonly closedAt: string | null;
  /** The value of a search attribute; null: it is not set, or it cannot be decoded. */
  readonly attribute: (name: string) => unknown;
}

/** An execution with what only a description has. */
export interface Description extends Execution {
  readonly pendingActivities: readonly RawActivity[];
  /** The record of this name in the memo; null: there is none. @throws the codec's error, if it cannot be decoded */
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
    startedAt: isoTime(timestampMs(startTime ?? {})),
    closedAt: closeTime ? isoTime(timestampMs(closeTime)) : null,
    attribute: (name) => jsonOf(searchAttributes?.indexedFields?.[name]),
  };
}

/** Describes a run of this id, by default the latest one. @throws the SDK's errors, not translated */
export async function describeExecution(client: Client, workflowId: string, runId?: string): Promise<Description> {
  const { namespace } = client.options;
  const execution = { workflowId, runId };
  const described = await client.workflowService.describeWorkflowExecution({ namespace, execution });
  const info = described.workflowExecutionInfo ?? {};
  const owner = { type: 'workflow', namespace, workflowId } as const;
  return {
    ...executionOf(info),
    pendingActivities: described.pendingActivities ?? [],
    memo: (name) => recordIn(client, info.memo?.fields?.[name], owner),
  };
}

/** The workflow or activity of a payload. A codec may need it to decode. */
type Owner = Parameters<Client['options']['loadedDataConverter']['payloadConverter']['fromPayload']>[1];

/** @returns the decoded record; null: the payload is missing or not a record. @throws the codec's error, if it cannot be decoded */
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

/** Search attributes are plain JSON. No codec encodes them. */
function jsonOf(payload: Payload | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));
  } catch {
    return null;
  }
}
