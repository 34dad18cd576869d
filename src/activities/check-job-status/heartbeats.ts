import { activityInfo, Context } from '@temporalio/activity';
import type { PollMemory } from '../../polling/memory.ts';

const HEARTBEAT_MS = 10_000;

export type Heartbeats = ReturnType<typeof startHeartbeats>;

export function startHeartbeats() {
  const current = Context.current();
  let details: unknown = activityInfo().heartbeatDetails;
  let hasBegun = false;
  const send = (): void => current.heartbeat(details);
  const timer = setInterval(send, HEARTBEAT_MS);
  return {
    /** Puts the memory into the details of the next heartbeats. The next attempt resumes from them. */
    remember: (memory: PollMemory) => void (details = memory),
    memory: () => details,
    /** Sends the first heartbeat now, so that everybody sees the hold. The later ones cost, and can wait. */
    begin: () => {
      if (!hasBegun) send();
      hasBegun = true;
    },
    /** Sends one now, before the attempt ends. */
    send,
    stop: () => clearInterval(timer),
  };
}
