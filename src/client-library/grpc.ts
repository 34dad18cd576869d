import { isGrpcServiceError, isRetryableError } from '@temporalio/client';
import { plainText } from '../contract/text.ts';

/** The gRPC status codes that this project handles. */
export const GRPC = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** @returns the gRPC status code of an error, or of the first of its causes that has one; null: none has */
export function grpcCodeOf(error: unknown): number | null {
  return grpcErrorOf(error)?.code ?? null;
}

/** The most that an error of ours quotes from a server or a connection, characters. */
export const MAX_SERVER_TEXT = 500;

/** @returns the server's text if it refused the credential or a permission, perhaps empty; null: the error is another one */
export function refusalOf(error: unknown): string | null {
  const code = grpcCodeOf(error);
  return code === GRPC.UNAUTHENTICATED || code === GRPC.PERMISSION_DENIED
    ? plainText(grpcErrorOf(error)?.details ?? '', MAX_SERVER_TEXT)
    : null;
}

/** @returns whether the error is transient by the rules of the SDK */
export function isPassing(error: unknown): boolean {
  const failed = grpcErrorOf(error);
  return failed !== null && isRetryableError(failed);
}

/** @returns the text of the server or the connection about a failed call, at most 500 characters */
export function detailsOf(error: unknown): string {
  return plainText(grpcErrorOf(error)?.details || messageOf(error), MAX_SERVER_TEXT);
}

/** The error type of grpc-js, taken from the SDK: we do not depend on grpc-js. */
type Status = Parameters<typeof isRetryableError>[0];

function grpcErrorOf(error: unknown): Status | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at)) return at;
  }
  return null;
}

/** @returns the message of an error, or the thrown value as text */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns a protobuf Timestamp or Duration in ms; 0 if it is empty */
export function timestampMs({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number {
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000;
}
