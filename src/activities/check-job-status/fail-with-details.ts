import type { ApplicationFailure, Info } from '@temporalio/activity';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';

type Converter = Client['options']['loadedDataConverter'];
type Failure = ReturnType<Converter['failureConverter']['errorToFailure']>;
type Payload = ReturnType<Converter['payloadConverter']['toPayload']>;

/**
 * Fails the attempt with what the next one must know, in one request. A heartbeat before the failure would be a request of its own, since
 * the SDK sends an attempt's first one at once: one more write for the server, one more action at Temporal Cloud, for each interval given back.
 * @returns whether the server has it; if so, the attempt ends by CompleteAsyncError, for it has failed already; if not, the SDK is to fail it
 */
export async function failWithDetails(error: ApplicationFailure, memory: unknown): Promise<boolean> {
  try {
    const { client, info } = Context.current();
    const { namespace, identity, loadedDataConverter } = client.options;
    const { failure, details } = await encode({ error, memory }, info, loadedDataConverter);
    await client.workflowService.respondActivityTaskFailed({
      namespace,
      identity,
      taskToken: info.taskToken,
      failure,
      lastHeartbeatDetails: { payloads: details },
    });
    return true;
  } catch {
    return false; // the SDK meets the same trouble, and tells it
  }
}

interface Encoded {
  failure: Failure;
  details: Payload[];
}

/** As the SDK's worker does it, so that its own decoding of what the next attempt gets undoes it. */
async function encode(
  { error, memory }: { error: ApplicationFailure; memory: unknown },
  { namespace, activityId, workflowExecution, isLocal }: Info,
  { failureConverter, payloadConverter, payloadCodecs }: Converter,
): Promise<Encoded> {
  const context = {
    type: 'activity',
    namespace,
    activityId,
    workflowId: workflowExecution?.workflowId,
    isLocal,
  } as const;
  const through = async (payloads: Payload[]): Promise<Payload[]> => {
    let result = payloads;
    for (const codec of payloadCodecs) result = await codec.encode(result, context);
    return result;
  };
  const failure = failureConverter.errorToFailure(error, payloadConverter, context);
  const { encodedAttributes } = failure;
  const [attributes] = encodedAttributes ? await through([encodedAttributes]) : [];
  const details = await through([payloadConverter.toPayload(memory, context)]);
  return { failure: { ...failure, encodedAttributes: attributes }, details };
}
