import { proxyActivities, sleep } from '@temporalio/workflow';
import type { createPlainActivities } from './plain-activities.ts';

const { getStatus } = proxyActivities<ReturnType<typeof createPlainActivities>>({ startToCloseTimeout: '30s' });

/** The simplest loop: ask, sleep five seconds, ask again. */
export async function plainLoop(jobId: string): Promise<string> {
  for (;;) {
    const status = await getStatus(jobId);
    if (status === 'completed' || status === 'failed' || status === 'cancelled') return status;
    await sleep('5s');
  }
}
