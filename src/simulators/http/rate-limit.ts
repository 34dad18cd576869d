import type { Call } from './call.ts';
import type { HttpAnswer } from '../model.ts';
import type { World } from '../state/world.ts';

const WINDOW_MS = 60_000;

/** The effect of the rate limit on one request. */
export interface Limited {
  /** For every answer. */
  headers: Record<string, string>;
  /** The answer instead of the service's own; null: the request is within the limit. */
  refusal: HttpAnswer | null;
}

/**
 * Counts a request of a credential in a sliding window of 60 s, over all jobs and routes. Refused requests do not count, so a client that
 * waits for `Retry-After` is accepted again.
 */
export function limited(world: World, call: Call): Limited {
  const most = world.switches.requestsPerMinute;
  const token = call.carried[0]?.token;
  if (most === null || token === undefined) return { headers: {}, refusal: null };
  const nowMs = world.clock.now();
  const came = (world.admitted.get(token) ?? []).filter((atMs) => atMs > nowMs - WINDOW_MS);
  const isOver = came.length >= most;
  if (!isOver) came.push(nowMs);
  world.admitted.set(token, came);
  const seconds = String(Math.max(1, Math.ceil(((came[0] ?? nowMs) + WINDOW_MS - nowMs) / 1_000)));
  const headers = {
    'RateLimit-Limit': String(most),
    'RateLimit-Remaining': String(most - came.length),
    'RateLimit-Reset': seconds,
  };
  if (!isOver) return { headers, refusal: null };
  const json = { error: true, message: 'Too many requests', details: `Limit of ${most} requests per minute` };
  return { headers, refusal: { status: 429, headers: { ...headers, 'Retry-After': seconds }, json } };
}
