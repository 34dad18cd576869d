import { DEFAULT_HEARTBEAT_MS } from '../contract/heartbeat.ts';

const MOST_HEARTBEAT_MS = 120_000;
/**
 * The heartbeats of one worker, a second, while the timeout can grow. Each is a write of the server. With 8 000 holds and 30 s the writes
 * alone use a core of it, and workflow tasks, cancels and queries wait.
 */
const HEARTBEATS_PER_S = 50;
/** A heartbeat may be late by the rest of the timeout. */
const SHARE = 2 / 3;
const STEP_MS = 10_000;

/** @returns the heartbeat timeout of a status activity that begins while its worker has so many holds, ms; 30 s to 120 s */
export function heartbeatMsFor(holds: number): number {
  const steps = Math.ceil((holds * 1_000) / (HEARTBEATS_PER_S * SHARE * STEP_MS));
  return Math.min(MOST_HEARTBEAT_MS, Math.max(DEFAULT_HEARTBEAT_MS, steps * STEP_MS));
}

/** @returns how often a hold sends a heartbeat, ms */
export function beatEveryMs(heartbeatMs: number): number {
  return heartbeatMs * SHARE;
}
