// The worker as it is shipped, built before, but with workflow code that was bundled once, and, if so told, without jitter.
const dist = new URL('../../dist/', import.meta.url);
const { runAsProgram } = await import(new URL('worker/program.js', dist));
const { createTrackerWorker } = await import(new URL('worker.js', dist));

const codePath = process.env['BENCH_BUNDLE'] ?? '';
const random = process.env['BENCH_JITTER'] === 'off' ? { random: () => 0 } : {};

await runAsProgram((options) => createTrackerWorker({ ...options, ...random, workflowBundle: { codePath } }));
