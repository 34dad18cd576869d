import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outages } from './outages.ts';

const EVERY_MS = 250;
/** A development server answers within milliseconds. If an answer takes this long, it is overloaded, and loses tasks that it gives out. */
const SLOW_MS = 1_000;

/**
 * Queries the server all the time, and records an outage while it is overloaded. Its database is one file, and other programs
 * may keep the machine busy.
 */
export async function probeServer(client: Client, outages: Outages, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let over: (() => void) | undefined;
    const slow = setTimeout(() => (over = outages.begin('slow server')), SLOW_MS);
    await client.withDeadline(Date.now() + 10_000, () => client.workflow.count()).catch(() => undefined);
    clearTimeout(slow);
    over?.();
    await sleep(EVERY_MS);
  }
}
