// Runs the built worker from `dist`. It takes the workflow bundle from BENCH_BUNDLE. BENCH_JITTER=off switches jitter off.
const dist = new URL('../../dist/', import.meta.url);
const { runProgram } = await import(new URL('worker-host/program.js', dist));
const { createTrackerWorker } = await import(new URL('worker-host/tracker-worker.js', dist));
const { programLine } = await import(new URL('process/program-line.js', dist));

const about = 'The worker of a benchmark, which starts it; configured by the environment.';
programLine('node bench/live/worker.mjs', about).parse();
const codePath = process.env['BENCH_BUNDLE'] ?? '';
const random = process.env['BENCH_JITTER'] === 'off' ? { random: () => 0 } : {};

await runProgram((options) => createTrackerWorker({ ...options, ...random, workflowBundle: { codePath } }));
