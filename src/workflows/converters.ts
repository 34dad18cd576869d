// How the workflows' payloads and failures cross to the server: bundled with them, and used by the SDK before any code of ours runs.
import {
  defaultFailureConverter,
  defaultPayloadConverter,
  type FailureConverter,
  type Payload,
  type PayloadConverter,
  type ProtoFailure,
} from '@temporalio/common';
import { clip, wellFormed } from '../contract/text.ts';

/** Stands for a payload that cannot be read. It is no record, so every check refuses it. */
const UNREADABLE = '(unreadable)';
const KNOWN = ['json/plain', 'binary/plain', 'binary/null'];
const MAX_ENCODING = 100;
/** Far above what we say ourselves; the server takes 2 MB. */
const MAX_TEXT = 20_000;

/** A name longer than all that we know is cut. */
function encodingOf({ metadata }: Payload): string | null {
  const encoding = metadata?.['encoding'];
  return encoding === undefined || encoding === null ? null : String.fromCharCode(...encoding.slice(0, MAX_ENCODING));
}

/**
 * The default, but for payloads that no worker will ever read, such as text that is no JSON: an error would fail the workflow task again
 * and again, and the job would stand still. An encoding of others is an error as ever: a worker that has the codec may come.
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

/** The default, with texts that are bounded and UTF-8: any other text in a failure would end the worker that sends it. */
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
