// Runs a worker as `src/worker.ts` does. CHAOS_BUNDLE names a workflow bundle. CHAOS_CONTINUE_AFTER_EVENTS makes the runs shorter.
import { programLine } from '../../src/process/program-line.ts';
import { runProgram } from '../../src/worker-host/program.ts';
import { createTrackerWorker } from '../../src/worker.ts';

const about = 'A worker of the chaos run, which starts it; configured by the environment.';
programLine('npx tsx test/chaos/worker.ts', about).parse();
const codePath = process.env['CHAOS_BUNDLE'];
const continueAfterEvents = Number(process.env['CHAOS_CONTINUE_AFTER_EVENTS'] ?? 2_000);

await runProgram((options) =>
  createTrackerWorker({
    ...options,
    continueAfterEvents,
    ...(codePath === undefined ? {} : { workflowBundle: { codePath } }),
  }),
);
