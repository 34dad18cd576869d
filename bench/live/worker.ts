// A worker as `src/worker.ts` runs it, but with workflow code that was bundled once, and, if so told, without jitter.
import { runAsProgram } from '../../src/worker/program.ts';
import { createTrackerWorker } from '../../src/worker.ts';

const codePath = process.env['BENCH_BUNDLE'] ?? '';
const random = process.env['BENCH_JITTER'] === 'off' ? { random: () => 0 } : {};

await runAsProgram((options) => createTrackerWorker({ ...options, ...random, workflowBundle: { codePath } }));
