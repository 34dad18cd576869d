import { randomBytes } from 'node:crypto';

/** Which span it is. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

let next: SpanIds | null = null;

/** Gives the next span these ids, if the provider has `idGenerator`. */
export function withIds<Result>(ids: SpanIds, start: () => Result): Result {
  next = ids;
  try {
    return start();
  } finally {
    next = null;
  }
}

export function randomSpanId(): string {
  return randomBytes(8).toString('hex');
}

let isUsed = false;

/** @returns false: no provider of this process has asked for an id of ours */
export function isGeneratorUsed(): boolean {
  return isUsed;
}

/** For the provider of our programs: ids that are known already, or else random ones. */
export const idGenerator = {
  generateTraceId: (): string => next?.traceId ?? randomBytes(16).toString('hex'),
  generateSpanId: (): string => {
    isUsed = true;
    return next?.spanId ?? randomSpanId();
  },
};
