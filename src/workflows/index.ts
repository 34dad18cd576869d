export * from './track-job.ts';
