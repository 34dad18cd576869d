import { isGrpcServiceError, isRetryableError } from '@temporalio/client';
import { plainText } from '../contract/text.ts';

/** The status codes of gRPC that mean something to us, by their own names. */
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

/** @returns the gRPC status code of an error or of its causes; null: none */
export function grpcCodeOf(error: unknown): number | null {
  return grpcErrorOf(error)?.code ?? null;
}

/** Of what a server or a connection says, in characters. */
export const MAX_SAID = 500;

/** @returns what the server said as it refused the credential, or what it was used for; null: it did not */
export function refusalOf(error: unknown): string | null {
  const code = grpcCodeOf(error);
  return code === GRPC.UNAUTHENTICATED || code === GRPC.PERMISSION_DENIED
    ? plainText(grpcErrorOf(error)?.details ?? '', MAX_SAID)
    : null;
}

/** @returns whether the call failed in a way that passes, as the SDK judges it */
export function isPassing(error: unknown): boolean {
  const failed = grpcErrorOf(error);
  return failed !== null && isRetryableError(failed);
}

/** @returns what the server, or the connection, says of a failed call */
export function detailsOf(error: unknown): string {
  return plainText(grpcErrorOf(error)?.details || messageOf(error), MAX_SAID);
}

/** As grpc-js has it, on which we do not depend. */
type Status = Parameters<typeof isRetryableError>[0];

function grpcErrorOf(error: unknown): Status | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at)) return at;
  }
  return null;
}

/** @returns what the server or the SDK says of a failed call */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads a moment or a duration as protobuf writes both, ms. */
export function momentMs({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number {
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000;
}
