import { createCancelJob } from './cancel-job.ts';
import { createCheckJobStatus } from './check-job-status/activity.ts';
import { createDurationStatistics } from './duration-statistics.ts';
import type { ActivityContext, JobActivities } from './job-activities.ts';
import { createPlanJob } from './plan-job.ts';

export function createActivities(given: Omit<ActivityContext, 'durations'>): JobActivities {
  const context: ActivityContext = { ...given, durations: createDurationStatistics() };
  return {
    checkJobStatus: createCheckJobStatus(context),
    cancelJob: createCancelJob(context),
    planJob: createPlanJob(context),
  };
}
