import { DEFAULT_HEARTBEAT_MS } from '../contract/heartbeat.ts';

const MOST_HEARTBEAT_MS = 240_000;
/**
 * The heartbeats of one worker, a second, while the timeout can grow. Each is a write of the server. With 8 000 holds and 30 s the writes
 * alone use a core of it, and workflow tasks, cancels and queries wait.
 */
const HEARTBEATS_PER_S = 50;
/** A heartbeat may be late by the rest of the timeout. */
const SHARE = 2 / 3;
const STEP_MS = 10_000;

/** @returns the heartbeat timeout of a status activity that begins while its worker has so many holds, ms; 30 s to 240 s */
export function heartbeatMsFor(holds: number): number {
  const steps = Math.ceil((holds * 1_000) / (HEARTBEATS_PER_S * SHARE * STEP_MS));
  return Math.min(MOST_HEARTBEAT_MS, Math.max(DEFAULT_HEARTBEAT_MS, steps * STEP_MS));
}

/** A workflow task is needed to change the timeout of a job. It is worth it if the timeout at least doubles or halves. */
const WORTH_A_TASK = 2;

/** @returns whether an activity with this heartbeat timeout, ms, should be replaced, because its worker now wants a very different one */
export function isWrongTimeout(heartbeatMs: number, holds: number): boolean {
  const wanted = heartbeatMsFor(holds);
  return Math.max(wanted, heartbeatMs) >= WORTH_A_TASK * Math.min(wanted, heartbeatMs);
}

/** @returns how often a hold sends a heartbeat, ms */
export function beatEveryMs(heartbeatMs: number): number {
  return heartbeatMs * SHARE;
}
