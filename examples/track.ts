import { createJobTracker } from 'durable-job-tracker';

const tracker = createJobTracker({ address: 'localhost:7233' });
const job = await tracker.track(
  { provider: 'docswrite', jobId: '42' },
  { labels: { team: 'docs' }, limits: { totalMs: '2h', onLimit: 'alert' } },
);
for await (const { state, progress, health } of job.watch()) console.log(state, progress, health.status);
const outcome = await job.result();
console.log(outcome.status === 'completed' ? outcome.link : outcome.status);
await tracker.close();
