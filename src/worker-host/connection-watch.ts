import type { NativeConnection } from '@temporalio/worker';
import { GRPC, grpcCodeOf, messageOf } from '../client-library/grpc.ts';

export interface WatchSetup {
  /** Asks the server for anything. @returns what went wrong; null: it answered */
  readonly ask: () => Promise<string | null>;
  /** Lost once the server has not answered for so long, ms; 0: never. */
  readonly lostAfterMs: number;
  readonly onLost: (error: LostConnectionError) => void;
}

export interface ConnectionWatch {
  /** Whether the server has answered lately. */
  readonly isConnected: () => boolean;
  readonly stop: () => void;
}

/** The server has not answered for too long. The message says for how long, why, and what happens now. */
export class LostConnectionError extends Error {
  override readonly name = 'LostConnectionError';
}

const EVERY_MS = 10_000;
const ANSWER_MS = 5_000;
/** Two looks that fail in a row. */
const UNCONNECTED_AFTER_MS = 2 * EVERY_MS + ANSWER_MS;

/**
 * Asks the server from time to time whether it is there. The SDK's pollers try for ever and say nothing, but certificates, keys and
 * addresses are read at the start alone: a process that starts again can heal what they cannot.
 */
export function watchConnection({ ask, lostAfterMs, onLost }: WatchSetup): ConnectionWatch {
  let answeredAtMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const everyMs = lostAfterMs === 0 ? EVERY_MS : Math.min(EVERY_MS, lostAfterMs / 2);
  const silentMs = (): number => performance.now() - answeredAtMs;
  const look = async (): Promise<void> => {
    const trouble = await ask();
    if (isOver) return;
    if (trouble === null) answeredAtMs = performance.now();
    if (lostAfterMs > 0 && silentMs() >= lostAfterMs) onLost(lostConnection(silentMs(), trouble));
    else timer = setTimeout(() => void look(), everyMs).unref();
  };
  void look();
  return {
    isConnected: () => silentMs() < UNCONNECTED_AFTER_MS,
    stop: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Whoever answers, even by refusing this one call, is there. */
const ANSWERS: readonly number[] = [GRPC.PERMISSION_DENIED, GRPC.RESOURCE_EXHAUSTED, GRPC.UNIMPLEMENTED];

/** @returns what `watchConnection` asks */
export function askerOf(connection: NativeConnection): WatchSetup['ask'] {
  const ask = (): Promise<unknown> => connection.workflowService.getSystemInfo({});
  return async () => {
    try {
      await connection.withDeadline(Date.now() + ANSWER_MS, ask);
      return null;
    } catch (error) {
      if (ANSWERS.includes(grpcCodeOf(error) ?? -1)) return null;
      return messageOf(error);
    }
  };
}

function lostConnection(silentMs: number, trouble: string | null): LostConnectionError {
  const message =
    `Temporal has not answered for ${Math.round(silentMs / 1_000)} s (${trouble}). The worker ends, so that it can be started again: ` +
    'address, key and certificates are read at the start only. Nothing is lost; see JOBTRACK_LOST_AFTER_MS.';
  return new LostConnectionError(message);
}
