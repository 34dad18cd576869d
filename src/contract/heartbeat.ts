/** The heartbeat timeout of a status activity, ms, unless its worker has very many holds. */
export const DEFAULT_HEARTBEAT_MS = 30_000;

const TIMEOUTS_OF_AN_ATTEMPT = 20;

/** @returns how long one attempt of a status activity may take, ms; 10 min by default. It holds for about half of it */
export function startToCloseMs(heartbeatMs: number): number {
  return heartbeatMs * TIMEOUTS_OF_AN_ATTEMPT;
}
