import { type ApplicationFailure, Context, type Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';

type Converter = Client['options']['loadedDataConverter'];
type Failure = ReturnType<Converter['failureConverter']['errorToFailure']>;
type Payload = ReturnType<Converter['payloadConverter']['toPayload']>;

/**
 * Fails the attempt and hands its memory to the next one, in one request. The SDK would need two, because it sends the first heartbeat of an
 * attempt at once. Each interval given back would then cost one more write, and one more action at Temporal Cloud.
 * @returns true: the server has it, and the attempt must end by CompleteAsyncError; false: the SDK must fail the attempt
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
    return false; // the SDK will meet the same error, and report it
  }
}

/** Encodes as the SDK's worker does, so that the SDK can decode it for the next attempt. */
async function encode(
  { error, memory }: { error: ApplicationFailure; memory: unknown },
  { namespace, activityId, workflowExecution, isLocal }: Info,
  { failureConverter, payloadConverter, payloadCodecs }: Converter,
): Promise<{ failure: Failure; details: Payload[] }> {
  const { workflowId } = workflowExecution ?? {};
  const context = { type: 'activity', namespace, activityId, workflowId, isLocal } as const;
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
