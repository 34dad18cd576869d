import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outages } from './outages.ts';

const EVERY_MS = 250;
/** A development server answers in milliseconds. One that takes so long drowns, and loses tasks that it hands out. */
const SLOW_MS = 1_000;

/**
 * Asks the server all the time how it is, and notes when it drowns: its database is one file, and the machine may be busy with
 * other things than this test.
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
