import { activityInfo, Context } from '@temporalio/activity';
import type { PollMemory } from '../../polling/memory.ts';

const HEARTBEAT_MS = 10_000;

export interface Heartbeats {
  /** Puts the memory into the details of the next heartbeats. The next attempt resumes from them. */
  remember: (memory: PollMemory) => void;
  memory: () => unknown;
  /** Sends the first heartbeat now, so that everybody sees the hold. The later ones cost, and can wait. */
  begin: () => void;
  /** Sends one now, before the attempt ends. */
  send: () => void;
  stop: () => void;
}

export function startHeartbeats(): Heartbeats {
  const current = Context.current();
  let details: unknown = activityInfo().heartbeatDetails;
  let hasBegun = false;
  const timer = setInterval(() => current.heartbeat(details), HEARTBEAT_MS);
  return {
    remember: (memory) => void (details = memory),
    memory: () => details,
    begin: () => {
      if (!hasBegun) current.heartbeat(details);
      hasBegun = true;
    },
    send: () => current.heartbeat(details),
    stop: () => clearInterval(timer),
  };
}
