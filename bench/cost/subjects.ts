import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../src/client-library/job-ids.ts';
import type { PollingOptions } from '../../src/contract/index.ts';
import { createJobTracker } from '../../src/client.ts';
import { TRACKER, type WorkerKind } from '../live/stage.ts';
import type { CostProfile } from './jobs.ts';

/** One way to track a job. */
export interface Subject {
  subject: string;
  profile: CostProfile;
  cadence: string;
  worker: WorkerKind;
  /** @returns the workflow's id */
  start: (client: Client, jobId: string) => Promise<string>;
}

function tracker(profile: CostProfile, cadence: string, polling: PollingOptions): Subject {
  const taskQueue = `tracker-${cadence}-${profile}`.replaceAll(/[^a-z0-9]+/g, '-');
  const start: Subject['start'] = async (client, jobId) => {
    const job = { provider: 'deepwriter', jobId };
    await createJobTracker({ client, taskQueue }).track(job, { polling });
    return workflowIdOf({ ...job, account: 'default' });
  };
  return { subject: 'tracker', profile, cadence, worker: { ...TRACKER, taskQueue }, start };
}

const PLAIN: Subject = {
  subject: 'plain loop',
  profile: 'none', // the loop never looks at progress, so its cost is the same for each profile
  cadence: 'fixed 5 s',
  worker: {
    entry: new URL('plain-worker.ts', import.meta.url),
    workflows: new URL('plain-workflow.ts', import.meta.url),
    taskQueue: 'plain',
  },
  start: async (client, jobId) => {
    const workflowId = `plain:${jobId}`;
    await client.workflow.start('plainLoop', { taskQueue: 'plain', workflowId, args: [jobId] });
    return workflowId;
  },
};

export const SUBJECTS: readonly Subject[] = [
  PLAIN,
  tracker('none', 'fixed 5 s', { mode: 'fixed', intervalMs: 5_000 }),
  tracker('none', 'adaptive', {}),
  tracker('steady 10 %', 'adaptive', {}),
  tracker('steady 1 %', 'adaptive', {}),
];
