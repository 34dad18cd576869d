// A worker as `src/worker.ts` runs it, but with workflow code that was bundled once, and, if so told, short runs.
import { runProgram } from '../../src/worker/program.ts';
import { createTrackerWorker } from '../../src/worker.ts';

const codePath = process.env['CHAOS_BUNDLE'];
const continueAfterEvents = Number(process.env['CHAOS_CONTINUE_AFTER_EVENTS'] ?? 2_000);

await runProgram((options) =>
  createTrackerWorker({
    ...options,
    continueAfterEvents,
    ...(codePath === undefined ? {} : { workflowBundle: { codePath } }),
  }),
);
