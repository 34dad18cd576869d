import { createJobTracker } from 'durable-job-tracker';
import { printshop } from './printshop.js';

const tracker = createJobTracker({ address: 'localhost:7233', providers: [printshop.traits] });
const job = await tracker.track({ provider: 'printshop', jobId: '7', account: 'shop' });
console.log((await job.result()).status);
await tracker.close();
