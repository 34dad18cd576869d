// Converts the workflows' payloads and failures. It is part of the workflow bundle. The SDK uses it before any of our workflow code runs.
import {
  defaultFailureConverter,
  defaultPayloadConverter,
  type FailureConverter,
  type Payload,
  type PayloadConverter,
  type ProtoFailure,
} from '@temporalio/common';
import { clip, wellFormed } from '../contract/text.ts';

/** Replaces a payload that cannot be read. It is no record, so every check refuses it. */
const UNREADABLE = '(unreadable)';
const KNOWN = ['json/plain', 'binary/plain', 'binary/null'];
const MAX_ENCODING = 100;
/** Characters. Our own texts are much shorter. The server accepts 2 MB. */
const MAX_TEXT = 20_000;

/** Cuts a long name: it cannot be one of `KNOWN`. */
function encodingOf({ metadata }: Payload): string | null {
  const encoding = metadata?.['encoding'];
  return encoding === undefined || encoding === null ? null : String.fromCharCode(...encoding.slice(0, MAX_ENCODING));
}

/**
 * The default converter, except for payloads that no worker can read, such as text that is not JSON. An error would fail the workflow
 * task again and again, and the job would not go on. An unknown encoding is still an error: another worker may have the codec.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value, context) => defaultPayloadConverter.toPayload(value, context),
  fromPayload: (payload, context) => {
    try {
      return defaultPayloadConverter.fromPayload(payload, context);
    } catch (error) {
      const encoding = encodingOf(payload);
      if (encoding !== null && !KNOWN.includes(encoding)) throw error;
      return UNREADABLE as never;
    }
  },
};

/** The default converter, but its texts are bounded and valid UTF-8. Any other text in a failure would end the worker that sends it. */
export const failureConverter: FailureConverter = {
  errorToFailure: (error, converter, context) =>
    plainFailure(defaultFailureConverter.errorToFailure(error, converter, context)),
  failureToError: (failure, converter, context) => defaultFailureConverter.failureToError(failure, converter, context),
};

function plainFailure(failure: ProtoFailure): ProtoFailure {
  const { message, stackTrace, cause, applicationFailureInfo: info } = failure;
  return {
    ...failure,
    message: fit(message ?? ''),
    stackTrace: fit(stackTrace ?? ''),
    ...(cause ? { cause: plainFailure(cause) } : {}),
    ...(info ? { applicationFailureInfo: { ...info, type: fit(info.type ?? '') } } : {}),
  };
}

function fit(text: string): string {
  return wellFormed(clip(text, MAX_TEXT));
}
