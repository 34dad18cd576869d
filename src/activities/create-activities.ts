import { createAwaitJob } from './await-job.ts';
import { createCancelJob } from './cancel-job.ts';
import { createCheckJobStatus } from './check-job-status/activity.ts';
import type { ActivityContext, JobActivities } from './job-activities.ts';
import { createPlanJob } from './plan-job.ts';

export function createActivities(context: ActivityContext): JobActivities {
  return {
    checkJobStatus: createCheckJobStatus(context),
    cancelJob: createCancelJob(context),
    planJob: createPlanJob(context),
    awaitJob: createAwaitJob(context),
  };
}
