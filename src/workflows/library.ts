/** For workflows of your own: export `trackJob` from your workflows file, and call `trackInWorkflow` in your workflows. */
export { type CancelJobInput, jobTrackerService } from '../nexus/service.ts';
export { trackByNexus, type TrackByNexusOptions } from './track-by-nexus.ts';
export { trackInWorkflow, type TrackInWorkflowOptions } from './track-in-workflow.ts';
export { trackJob } from './track-job.ts';
