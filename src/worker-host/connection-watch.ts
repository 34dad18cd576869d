import type { NativeConnection } from '@temporalio/worker';
import { GRPC, grpcCodeOf, messageOf } from '../client-library/grpc.ts';

/** How to watch a connection. */
interface WatchSetup {
  /** Makes a call to the server. @returns why it failed; null: the server answered */
  readonly ask: () => Promise<string | null>;
  /** The connection is lost after this time without an answer, ms; 0: never. */
  readonly lostAfterMs: number;
  readonly onLost: (error: LostConnectionError) => void;
}

/** A running watch of a connection. `isConnected`: the server has answered within the last 25 s. */
export type ConnectionWatch = ReturnType<typeof watchConnection>;

/** The server has not answered for `lostAfterMs`. The message says how long, why, and what happens next. */
export class LostConnectionError extends Error {
  override readonly name = 'LostConnectionError';
}

const EVERY_MS = 10_000;
const ANSWER_MS = 5_000;
/** The time of two failed checks in a row. */
const UNCONNECTED_AFTER_MS = 2 * EVERY_MS + ANSWER_MS;

/**
 * Checks every 10 s whether the server answers. The SDK's pollers retry for ever, without a message. But a process reads address, key
 * and certificates only at its start, so a restart can repair what retries cannot.
 */
export function watchConnection({ ask, lostAfterMs, onLost }: WatchSetup) {
  let answeredAtMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const everyMs = lostAfterMs === 0 ? EVERY_MS : Math.min(EVERY_MS, lostAfterMs / 2);
  const silentMs = (): number => performance.now() - answeredAtMs;
  const check = async (): Promise<void> => {
    const trouble = await ask();
    if (isOver) return;
    if (trouble === null) answeredAtMs = performance.now();
    if (lostAfterMs > 0 && silentMs() >= lostAfterMs) onLost(lostConnection(silentMs(), trouble));
    else timer = setTimeout(() => void check(), everyMs).unref();
  };
  void check();
  return {
    isConnected: (): boolean => silentMs() < UNCONNECTED_AFTER_MS,
    stop: (): void => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Refusals of this one call. They show that the server is there. */
const ANSWERS: readonly number[] = [GRPC.PERMISSION_DENIED, GRPC.RESOURCE_EXHAUSTED, GRPC.UNIMPLEMENTED];

/** Makes a call to the server. @returns why it failed; null: the server answered */
export async function troubleOf(connection: NativeConnection): Promise<string | null> {
  try {
    await connection.withDeadline(Date.now() + ANSWER_MS, () => connection.workflowService.getSystemInfo({}));
    return null;
  } catch (error) {
    return ANSWERS.includes(grpcCodeOf(error) ?? -1) ? null : messageOf(error);
  }
}

function lostConnection(silentMs: number, trouble: string | null): LostConnectionError {
  const message =
    `Temporal has not answered for ${Math.round(silentMs / 1_000)} s (${trouble}). The worker ends, so that it can be started again: ` +
    'address, key and certificates are read at the start only. Nothing is lost; see JOBTRACK_LOST_AFTER_MS.';
  return new LostConnectionError(message);
}
